import { modelInfo } from "../chat/listModels.js";
import type { Installs } from "../install/Installs.js";
import { demoModelId, type ModelRegistry } from "../models/ModelRegistry.js";
import { AppError } from "../platform/AppError.js";
import type { Engine } from "../workers/Engine.js";
import type { CriaSocketServer } from "./attachSocket.js";
import type { Handlers } from "./Handlers.js";

export interface InstallHandlerServices {
  installs: Installs;
  registry: ModelRegistry;
  pool: Engine;
}

/** The requests about installing and removing models. */
export function installHandlers({
  installs,
  registry,
  pool,
}: InstallHandlerServices): Pick<
  Handlers,
  "model:remove" | "install:list" | "install:start" | "install:pause" | "install:cancel"
> {
  return {
    "model:remove": async ({ modelId }) => {
      const { id } = registry.getInstalled(modelId);
      if (id === demoModelId)
        throw new AppError("bad_request", "The model that ships with Cria cannot be removed.", { field: "modelId" });
      await pool.release(id);
      await installs.remove(id);
      return {};
    },
    "install:list": async () => ({
      installable: await installs.listInstallable(),
      installs: installs.listInstalls(),
    }),
    "install:start": async (request) => ({ install: await installs.start(request) }),
    "install:pause": async ({ modelId }) => {
      await installs.pause(modelId);
      return {};
    },
    "install:cancel": async ({ modelId }) => {
      await installs.cancel(modelId);
      return {};
    },
  };
}

/** Tells everyone who is connected here how installs get on, and what models there are now because of them. */
export function announceInstalls(io: CriaSocketServer, { installs, registry, pool }: InstallHandlerServices): void {
  installs.listen({
    progress: (install) => io.local.emit("install:progress", { install }),
    installed: (modelId) => io.local.emit("model:changed", { models: [modelInfo(registry.get(modelId), pool)] }),
    removed: (modelId) => io.local.emit("model:removed", { modelId }),
  });
}
