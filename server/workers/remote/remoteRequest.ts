import { AppError } from "../../platform/AppError.js";
import type { PromptTurn } from "../../prompts/PromptTurn.js";
import type { FullSampling } from "../../protocol/sampling.js";
import type { WorkerJob } from "../ModelWorker.js";

/**
 * Which parameters a server understands beside OpenAI's own. `llama`: those of llama-server, which Cria has too. `vllm`: those that
 * vLLM and SGLang add. `openai`: none; api.openai.com refuses what it does not know.
 */
export type RemoteDialect = "llama" | "vllm" | "openai";

/** By what `/v1/models` says of a model's owner. */
export function dialectOf(ownedBy: string | undefined): RemoteDialect {
  if (ownedBy === "cria" || ownedBy === "llamacpp") return "llama";
  if (ownedBy === "vllm" || ownedBy === "sglang") return "vllm";
  return "openai";
}

/** Path and body of the request for a generation. Throws `unsupported_parameter` for what the server cannot do. */
export function remoteRequest(
  remoteId: string,
  dialect: RemoteDialect,
  job: WorkerJob,
): { path: string; body: object } {
  const shared = { model: remoteId, stream: true, stream_options: { include_usage: true }, ...sampling(job, dialect) };
  const { input } = job;
  if ("text" in input) return { path: "/completions", body: { ...shared, prompt: input.text } };
  if ("tokens" in input) return { path: "/completions", body: { ...shared, prompt: input.tokens } };
  if (input.tools !== undefined && input.tools.length > 0)
    throw new AppError("tools_unsupported", "Functions cannot be called through an engine of another server.", {
      hint: "Send such requests to that server itself.",
      field: "tools",
    });
  const goesOn = dialect === "vllm" && input.turns.at(-1)?.role === "assistant";
  return {
    path: "/chat/completions",
    body: {
      ...shared,
      messages: input.turns.map(message),
      ...(goesOn ? { continue_final_message: true, add_generation_prompt: false } : {}),
    },
  };
}

function message(turn: PromptTurn): object {
  if (turn.role === "tool") return { role: "tool", content: turn.content, tool_call_id: turn.toolCallId ?? "" };
  const calls = turn.toolCalls?.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  return { role: turn.role, content: turn.content, ...(calls === undefined ? {} : { tool_calls: calls }) };
}

function sampling({ sampling: wanted }: WorkerJob, dialect: RemoteDialect): object {
  if (wanted.alternatives !== undefined) throw unsupported("alternatives", "show a token's alternatives");
  if (wanted.grammar !== undefined && dialect !== "llama") throw unsupported("grammar", "follow a grammar in GBNF");
  const numbered = wanted.logitBias.filter(({ token }) => typeof token === "number");
  if (dialect !== "llama" && numbered.length < wanted.logitBias.length)
    throw unsupported("logitBias", "be given biases for texts, only for tokens' numbers");
  const biases = {
    ...(dialect === "llama"
      ? { logit_bias: wanted.logitBias.map(({ token, bias }) => [token, bias]) }
      : { logit_bias: Object.fromEntries(numbered.map(({ token, bias }) => [String(token), bias])) }),
  };
  return {
    temperature: wanted.temperature,
    top_p: wanted.topP,
    max_tokens: wanted.maxTokens,
    presence_penalty: wanted.presencePenalty,
    frequency_penalty: wanted.frequencyPenalty,
    seed: wanted.seed,
    ...(wanted.stop.length === 0 ? {} : { stop: wanted.stop }),
    ...(wanted.logitBias.length === 0 ? {} : biases),
    ...(dialect === "llama" ? llamaFields(wanted) : {}),
    ...(dialect === "vllm" ? vllmFields(wanted) : {}),
  };
}

function llamaFields(wanted: FullSampling): object {
  return {
    top_k: wanted.topK,
    min_p: wanted.minP,
    repeat_penalty: wanted.repeatPenalty,
    repeat_last_n: wanted.repeatLastTokens,
    dry_multiplier: wanted.dryMultiplier,
    dry_base: wanted.dryBase,
    dry_allowed_length: wanted.dryAllowedLength,
    dry_penalty_last_n: wanted.dryLastTokens,
    xtc_probability: wanted.xtcProbability,
    xtc_threshold: wanted.xtcThreshold,
    ignore_eos: wanted.ignoreEos,
    ...(wanted.grammar === undefined ? {} : { grammar: wanted.grammar }),
  };
}

function vllmFields(wanted: FullSampling): object {
  return {
    // vLLM writes -1 for "all".
    top_k: wanted.topK === 0 ? -1 : wanted.topK,
    min_p: wanted.minP,
    repetition_penalty: wanted.repeatPenalty,
    ignore_eos: wanted.ignoreEos,
  };
}

function unsupported(field: string, what: string): AppError {
  return new AppError("unsupported_parameter", `The engine that has this model cannot ${what}.`, {
    hint: "Leave it out, or choose a model of this machine.",
    field,
  });
}
