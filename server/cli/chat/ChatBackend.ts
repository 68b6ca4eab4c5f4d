import { localPrincipal } from "../../access/Principal.js";
import { listModels } from "../../chat/listModels.js";
import { type ChatTurn, GenerationReader } from "../../client/connect.js";
import type { UnusableFolder } from "../../models/ModelRegistry.js";
import { openEngine } from "../../openEngine.js";
import { AppError } from "../../platform/AppError.js";
import type { Config } from "../../platform/config.js";
import { createLogger } from "../../platform/logger.js";
import { homePaths, requireReadable } from "../../platform/paths.js";
import type { Phase } from "../../protocol/generation.js";
import type { ModelInfo } from "../../protocol/model.js";
import type { Sampling } from "../../protocol/sampling.js";
import { chooseUsable } from "../models/chooseUsable.js";
import { type FoundServer, findOwnServer, openNamedServer } from "./openServer.js";

/** A chat or a text to continue, for one model. */
export interface BackendRequest {
  modelId: string;
  input: { messages: ChatTurn[] } | { prompt: string };
  sampling: Sampling;
  onPhase?: (phase: Phase) => void;
}

/** Where the terminal's replies come from: a server that runs, or the engine in this process. */
export interface ChatBackend {
  /** For people: an address, or "this process". */
  readonly where: string;
  models(): Promise<ModelInfo[]>;
  /** Models of this home that cannot be loaded, as far as this place knows them. */
  readonly unusable: readonly UnusableFolder[];
  generate(request: BackendRequest): GenerationReader;
  close(): Promise<void>;
}

export interface BackendChoice {
  config: Config;
  /** The server's address; left out, the usual one of this machine is used if a server of this home answers there. */
  url: string | undefined;
  /** Never look for a server. */
  local: boolean;
}

/**
 * Opens the server that was named, else the one that runs for this home, else the engine in this process. `warn` hears in a sentence why a
 * server that seems to be there is not used. Throws `connection_lost` or `unauthorized`.
 */
export async function openBackend(
  { config, url, local }: BackendChoice,
  warn: (sentence: string) => void,
): Promise<ChatBackend> {
  if (url !== undefined) return serverBackend(await openNamedServer(url, config.token));
  const found = local
    ? undefined
    : await findOwnServer(config, (silent) =>
        warn(`Something holds ${silent} and does not answer: the model is loaded in this process.`),
      );
  return found === undefined ? engineBackend(config) : serverBackend(found);
}

function serverBackend({ url, client }: FoundServer): ChatBackend {
  return {
    where: url,
    unusable: [],
    models: () => client.models(),
    generate: ({ modelId, input, sampling, onPhase }) =>
      client.generate({ model: modelId, ...input, ...sampling, ...(onPhase === undefined ? {} : { onPhase }) }),
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

/** The same services as the server's; the generation's log is read as a client reads it, only without a wire between. */
async function engineBackend(config: Config): Promise<ChatBackend> {
  await requireReadable(homePaths(config.homePath));
  const engine = await openEngine(config, {}, createLogger(config.logLevel));
  const { generations, registry, engines } = engine;
  return {
    where: "this process",
    unusable: registry.unusable,
    models: () => Promise.resolve(listModels(registry, engines)),
    generate: ({ modelId, input, sampling, onPhase }) => {
      const generation = generations.start({
        by: localPrincipal,
        modelId,
        input: "prompt" in input ? { text: input.prompt } : { turns: input.messages },
        sampling,
      });
      const reader = new GenerationReader(
        generation.id,
        {
          follow: (_, afterSeq) => {
            const read = () => reader.receive(generation.id, generation.log.read(Math.max(afterSeq, reader.seq)));
            generation.log.subscribe(read);
            read();
            return Promise.resolve();
          },
          stop: () => {
            generation.stop();
            return Promise.resolve();
          },
        },
        { onPhase },
      );
      void reader.follow();
      return reader;
    },
    close: () => engine.close(),
  };
}

/** The model that was named; without a name, one that is in memory already, else the first. Throws as {@link chooseUsable}. */
export async function chooseModel(
  backend: Pick<ChatBackend, "models" | "unusable">,
  wanted: string | undefined,
): Promise<ModelInfo> {
  const models = await backend.models();
  if (wanted !== undefined) return chooseUsable(models, backend.unusable, wanted);
  const found = models.find((model) => model.status.state === "ready") ?? models[0];
  if (found !== undefined) return found;
  throw new AppError("model_not_found", "No model is installed.", { hint: "Install one: cria alpaca install 7B" });
}
