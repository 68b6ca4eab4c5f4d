import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { z } from "zod";
import { monotonicMs } from "../monotonicMs.js";
import { newRecord, type StreamRecord, type StreamRequest } from "./StreamRequest.js";
import type { Others } from "./streamOverSocket.js";

/** What is read of a chunk of `/v1/completions`; `timings` is what llama.cpp's server and Cria add. */
const chunkSchema = z.object({
  choices: z.array(z.object({ text: z.string(), finish_reason: z.string().nullish() })).default([]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
  timings: z
    .object({
      cache_n: z.number().optional(),
      prompt_ms: z.number().optional(),
      predicted_per_second: z.number().nullish(),
    })
    .nullish(),
  error: z.object({ message: z.string() }).optional(),
});

/** Asks over OpenAI's protocol, as every peer speaks it, and reads the stream to its end. The clock starts with the request's sending. */
export async function streamOverHttp(
  agent: Agent,
  request: StreamRequest,
  { pieceCame }: Pick<Others, "pieceCame">,
): Promise<StreamRecord> {
  const body = JSON.stringify({
    model: request.modelId,
    prompt: request.prompt,
    max_tokens: request.maxTokens,
    temperature: 0,
    ignore_eos: true,
    cache_prompt: request.cachePrompt ?? true,
    stream: true,
    stream_options: { include_usage: true },
  });
  const record = newRecord(monotonicMs());
  const response = await send(`${request.url}/v1/completions`, agent, body);
  if (response.statusCode !== 200) {
    record.error = `HTTP ${response.statusCode}: ${await readAll(response)}`;
    record.endMs = monotonicMs();
    return record;
  }
  let buffered = "";
  response.setEncoding("utf8");
  try {
    for await (const part of response) {
      const nowMs = monotonicMs();
      const lines = (buffered + String(part)).split("\n");
      buffered = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: {")) take(record, line.slice(6), nowMs);
      if (record.arrivalsMs.length > 0) pieceCame();
      if (request.stopAfterPieces !== undefined && record.arrivalsMs.length >= request.stopAfterPieces) {
        record.stopMs = nowMs;
        record.stopReason = "stopped";
        response.destroy();
        break;
      }
    }
  } catch (error) {
    record.error = error instanceof Error ? error.message : String(error);
  }
  record.endMs = monotonicMs();
  return record;
}

function send(url: string, agent: Agent, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      {
        method: "POST",
        agent,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      resolve,
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += String(part);
  return text.slice(0, 300);
}

function take(record: StreamRecord, json: string, nowMs: number): void {
  const chunk = chunkSchema.parse(JSON.parse(json));
  if (chunk.error !== undefined) record.error = chunk.error.message;
  for (const choice of chunk.choices) {
    if (choice.text !== "") {
      record.arrivalsMs.push(nowMs);
      record.tokenCounts.push(1);
      record.text += choice.text;
    }
    if (choice.finish_reason !== null && choice.finish_reason !== undefined) record.stopReason = choice.finish_reason;
  }
  if (chunk.usage !== null && chunk.usage !== undefined) {
    record.promptTokens = chunk.usage.prompt_tokens;
    record.generatedTokens = chunk.usage.completion_tokens;
  }
  const { timings } = chunk;
  if (timings === null || timings === undefined) return;
  if (timings.cache_n !== undefined) record.cachedTokens = timings.cache_n;
  if (timings.prompt_ms !== undefined) record.promptEvalMs = timings.prompt_ms;
  if (timings.predicted_per_second != null) record.tokensPerSecond = timings.predicted_per_second;
}
