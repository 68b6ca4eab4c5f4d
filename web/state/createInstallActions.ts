import type { InstallRequest } from "../../server/protocol/install.js";
import type { LoadSettings } from "../../server/protocol/loadSettings.js";
import type { Connection } from "../connection/Connection.js";
import type { PageError } from "../connection/PageError.js";
import type { AppEvent } from "./AppEvent.js";

interface InstallActionContext {
  dispatch: (event: AppEvent) => void;
  connection: Connection;
}

/** Reading a big model from a slow disk takes minutes. */
const loadTimeoutMs = 15 * 60_000;

/** What a reader can do with models. Each resolves with what went wrong, if anything did. */
export function createInstallActions({ dispatch, connection }: InstallActionContext) {
  const problemOf = (result: { ok: true } | { ok: false; error: PageError }) => (result.ok ? undefined : result.error);
  return {
    async fetchInstalls() {
      const result = await connection.request("install:list", {});
      dispatch(
        result.ok ? { type: "installsListed", ...result.data } : { type: "installsFailed", error: result.error },
      );
    },
    /** Starts an install, or goes on with one that was paused or failed. */
    async startInstall(request: InstallRequest) {
      const result = await connection.request("install:start", request);
      if (result.ok) dispatch({ type: "installProgressed", install: result.data.install });
      return problemOf(result);
    },
    async pauseInstall(modelId: string) {
      return problemOf(await connection.request("install:pause", { modelId }));
    },
    async cancelInstall(modelId: string) {
      return problemOf(await connection.request("install:cancel", { modelId }));
    },
    async removeModel(modelId: string) {
      return problemOf(await connection.request("model:remove", { modelId }));
    },
    async loadModel(modelId: string) {
      return problemOf(await connection.request("model:load", { modelId }, { timeoutMs: loadTimeoutMs }));
    },
    /** What it would take with these settings; undefined: with those that are chosen. */
    planModel: (modelId: string, settings: LoadSettings | undefined) =>
      connection.request("model:plan", { modelId, ...(settings === undefined ? {} : { settings }) }),
    /** Chooses how it is held, and loads it again if it is in memory. */
    configureModel: (modelId: string, settings: LoadSettings) =>
      connection.request("model:configure", { modelId, settings }, { timeoutMs: loadTimeoutMs }),
    async unloadModel(modelId: string) {
      return problemOf(await connection.request("model:unload", { modelId }));
    },
    /** A pinned model stays in memory once it is there. */
    async pinModel(modelId: string, pinned: boolean) {
      return problemOf(await connection.request("model:pin", { modelId, pinned }));
    },
  };
}
