import { localPrincipal } from "../../access/Principal.js";
import { listModels } from "../../chat/listModels.js";
import { type ChatTurn, type CriaClient, connect, GenerationReader } from "../../client/connect.js";
import { chooseByName } from "../../models/chooseByName.js";
import { openEngine } from "../../openEngine.js";
import { AppError } from "../../platform/AppError.js";
import type { Config } from "../../platform/config.js";
import { createLogger } from "../../platform/logger.js";
import { homePaths, makeHome } from "../../platform/paths.js";
import type { Phase } from "../../protocol/generation.js";
import type { ModelInfo } from "../../protocol/model.js";
import type { Sampling } from "../../protocol/sampling.js";
import { readHolder } from "../../storage/HomeLock.js";

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
  generate(request: BackendRequest): GenerationReader;
  close(): Promise<void>;
}

/** Time that a server on this machine has to say that it is there. */
const probeTimeoutMs = 500;

export interface BackendChoice {
  config: Config;
  /** The server's address; left out, the usual one of this machine is used if a server of this home answers there. */
  url: string | undefined;
  /** Never look for a server. */
  local: boolean;
}

/** Opens the server that was named, else the one that runs for this home, else the engine in this process. Throws `connection_lost` or `unauthorized`. */
export async function openBackend({ config, url, local }: BackendChoice): Promise<ChatBackend> {
  const options = config.token === undefined ? {} : { token: config.token };
  if (url !== undefined) {
    const address = withScheme(url);
    return serverBackend(address, await connect(address, options));
  }
  if (!local)
    for (const address of usualAddresses(config)) {
      const client = (await answersHealth(address))
        ? await connect(address, options).catch(() => undefined)
        : undefined;
      if (client === undefined) continue;
      const { homePath } = await client.request("server:info", {});
      if (homePath === config.homePath) return serverBackend(address, client);
      client.close();
    }
  return engineBackend(config);
}

/** Where this home's server says that it is, and where one usually is. */
function usualAddresses({ homePath, port }: Config): Set<string> {
  const told = readHolder(homePath)?.url;
  return new Set([`http://127.0.0.1:${port}`, ...(told === undefined ? [] : [told])]);
}

/** `localhost:3000` as people type it; a socket would take the name before the colon for a scheme. */
function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
}

function serverBackend(url: string, client: CriaClient): ChatBackend {
  return {
    where: url,
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
  await makeHome(homePaths(config.homePath));
  const engine = await openEngine(config, {}, createLogger(config.logLevel));
  const { generations, registry, engines } = engine;
  return {
    where: "this process",
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

async function answersHealth(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(probeTimeoutMs) });
    return response.ok && ((await response.json()) as { status?: unknown }).status === "ready";
  } catch {
    return false;
  }
}

/** The model that was named; without a name, one that is in memory already, else the first. Throws as {@link chooseByName}. */
export function chooseModel(models: readonly ModelInfo[], wanted: string | undefined): ModelInfo {
  if (wanted !== undefined) return chooseByName(models, wanted);
  const found = models.find((model) => model.status.state === "ready") ?? models[0];
  if (found !== undefined) return found;
  throw new AppError("model_not_found", "No model is installed.", { hint: "Install one: cria alpaca install 7B" });
}
