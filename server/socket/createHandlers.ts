import { accountMark } from "../access/accountMark.js";
import { localOwner, requireMachineOwner } from "../access/Principal.js";
import type { GenerationDirectory } from "../chat/GenerationDirectory.js";
import type { GenerationService } from "../chat/GenerationService.js";
import type { LoadSettingsService } from "../chat/LoadSettingsService.js";
import { listModels } from "../chat/listModels.js";
import type { Installs } from "../install/Installs.js";
import type { ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import { version } from "../platform/version.js";
import { protocolVersion } from "../protocol/protocolVersion.js";
import type { Engine } from "../workers/Engine.js";
import { type ConversationServices, conversationHandlers } from "./conversationHandlers.js";
import { GenerationFollower } from "./GenerationFollower.js";
import type { Client, CriaSocket, Handlers } from "./Handlers.js";
import { installHandlers } from "./installHandlers.js";

export interface HandlerServices extends ConversationServices {
  registry: ModelRegistry;
  pool: Engine;
  generations: GenerationService;
  /** Those of this process, or of all nodes. */
  directory: GenerationDirectory;
  loading: LoadSettingsService;
  installs: Installs;
  homePath: string;
}

/** Generations that one socket may follow at the same time. */
const followLimit = 256;

/** The requests of the protocol, one small function each. */
export function createHandlers(services: HandlerServices): Handlers {
  const { registry, pool, generations, directory, loading, accounts, homePath } = services;
  const followers = new WeakMap<CriaSocket, Map<string, GenerationFollower>>();
  const followersOf = ({ socket }: Client): Map<string, GenerationFollower> => {
    let own = followers.get(socket);
    if (own === undefined) {
      const created = new Map<string, GenerationFollower>();
      own = created;
      followers.set(socket, created);
      socket.once("disconnect", () => {
        for (const follower of created.values()) follower.close();
        created.clear();
      });
    }
    return own;
  };

  return {
    ...installHandlers(services),
    ...conversationHandlers(services),
    "server:info": async (_, { principal }) => {
      const { notices } = await accounts.of(principal.owner);
      // Guests are not told how the machine's disk is laid out.
      const home = principal.owner === localOwner ? homePath : "";
      const account = accountMark(principal.owner);
      const own = notices.length === 0 ? {} : { notices: [...notices] };
      return { version, protocolVersion, homePath: home, account, ...own };
    },
    "model:list": () => ({ models: listModels(registry, pool) }),
    "model:load": async ({ modelId }) => {
      await pool.retry(registry.get(modelId), () => {});
      return {};
    },
    "model:unload": async ({ modelId }, { principal }) => {
      const { id } = registry.get(modelId);
      if (generations.isInUse(id, principal.owner))
        throw new AppError("model_in_use", "Others have replies under way with this model.", {
          hint: "Wait until they have ended.",
        });
      await pool.unload(id);
      return {};
    },

    "model:pin": ({ modelId, pinned }, { principal }) => {
      requireMachineOwner(principal);
      pool.pin(registry.get(modelId).id, pinned);
      return {};
    },

    "model:plan": async ({ modelId, settings }) => ({ plan: await loading.plan(modelId, settings) }),
    "model:configure": async ({ modelId, settings }, { principal }) => {
      requireMachineOwner(principal);
      return { plan: await loading.configure(modelId, settings) };
    },

    "generation:start": async (request, { socket, principal: by }) => {
      const { requestId, modelId, messages, prompt, sampling, contextOverflow, priority } = request;
      const options = { contextShift: contextOverflow === "shift" };
      const input = messages === undefined ? { text: prompt ?? "" } : { turns: messages };
      return {
        generationId: await directory.start({
          by,
          requestId,
          modelId,
          input,
          sampling,
          options,
          priority,
          client: socket.id,
        }),
      };
    },
    "generation:follow": async ({ generationId, afterSeq }, client) => {
      const generation = await directory.find(generationId, client.principal.owner);
      const own = followersOf(client);
      own.get(generationId)?.close();
      if (own.size >= followLimit)
        throw new AppError("queue_full", `One connection follows at most ${followLimit} generations.`);
      const follower = new GenerationFollower(client.socket, generation, afterSeq, () => own.delete(generationId));
      own.set(generationId, follower);
      // After the acknowledgement, so that the client knows what the entries belong to.
      setImmediate(follower.flush);
      return { lastSeq: generation.log.lastSeq, ended: generation.log.ended };
    },
    "generation:unfollow": ({ generationId }, client) => {
      const own = followersOf(client);
      own.get(generationId)?.close();
      own.delete(generationId);
      return {};
    },
    "generation:stop": async ({ generationId }, { principal }) => ({
      stopped: await directory.stop(generationId, principal.owner),
    }),
  };
}
