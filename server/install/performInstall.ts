import { loadCatalog } from "../models/catalog.js";
import type { Manifest } from "../models/manifest.js";
import { AppError } from "../platform/AppError.js";
import { version } from "../platform/version.js";
import type { InstallProgress } from "../protocol/install.js";
import { HttpClient } from "./download/HttpClient.js";
import { NetworkPolicy } from "./download/NetworkPolicy.js";
import { readProxySettings } from "./download/ProxySettings.js";
import { HubClient } from "./hub/HubClient.js";
import { readHubSettings } from "./hub/hubSettings.js";
import type { InstallAsk, InstallJob } from "./InstallJob.js";
import type { InstallOrder } from "./installMessages.js";
import { loadBack } from "./loadBack.js";
import { measureRoom } from "./measureRoom.js";
import { ProgressMeter } from "./ProgressMeter.js";
import { type InstallSource, parseInstallSource } from "./parseInstallSource.js";
import { modelIdOf, resolveInstall } from "./resolveInstall.js";
import { runInstall } from "./runInstall.js";
import { WorkFolder } from "./WorkFolder.js";

/** A whole install in this process: asks the source, or goes on with the job that an earlier run pinned. Throws what its steps throw. */
export async function performInstall(
  order: InstallOrder,
  signal: AbortSignal,
  onProgress: (progress: InstallProgress) => void,
): Promise<Manifest> {
  const { ask, modelsPath, workingFolder } = order;
  const settings = readHubSettings();
  const catalog = loadCatalog();
  const means = await parseInstallSource(ask.source, {
    catalog,
    endpoint: settings.endpoint,
    allowPaths: workingFolder !== undefined,
    ...(workingFolder === undefined ? {} : { workingFolder }),
  });
  const modelId = modelIdOf(means, ask.as);
  const http = new HttpClient({
    policy: new NetworkPolicy({ ...settings, explicitHosts: means.type === "url" ? [means.url.host] : [] }),
    token: settings.token,
    userAgent: `cria/${version}`,
    proxy: readProxySettings(),
  });
  try {
    const hub = new HubClient(http, settings);
    const asking = new ProgressMeter({ modelId, name: sourceName(means) }, onProgress);
    const resolve = async () => {
      const local = means.type === "file" || means.type === "folder";
      const asked = means.type === "url" ? means.url.host : settings.endpoint.host;
      const source = sourceName(means);
      asking.step("resolving", local ? { code: "reading", source } : { code: "asking", host: asked, source });
      return await resolveInstall({ ...ask, means }, hub, signal, (error) =>
        asking.say({ code: "passing", error: error.toInfo() }),
      );
    };
    const run = async (job: InstallJob) =>
      await runInstall(job, {
        modelsPath,
        catalog,
        http,
        hub,
        signal,
        meter: jobMeter(job, onProgress),
        loadBack: loadBack(order.threadCount),
        room: await measureRoom(modelsPath),
        force: order.force,
        threadCount: order.threadCount,
        ...(order.download === undefined ? {} : { download: definedOnly(order.download) }),
      });
    const pinned = await pinnedJob(modelsPath, modelId, ask);
    if (pinned === undefined) return await run(await resolve());
    try {
      return await run(pinned);
    } catch (error) {
      // What was pinned is no longer there: take what is.
      if (!(error instanceof AppError && error.code === "hub_not_found")) throw error;
      return await run(await resolve());
    }
  } finally {
    await http.close();
  }
}

/** The job of an earlier run of the same request: the same commit, the same files. */
async function pinnedJob(modelsPath: string, modelId: string, ask: InstallAsk): Promise<InstallJob | undefined> {
  const job = await new WorkFolder(modelsPath, modelId).readJob();
  const key = ({ source, as, quantization, keepSource = false }: InstallAsk) =>
    JSON.stringify([source, as, quantization, keepSource]);
  return job !== undefined && job.modelId === modelId && key(job.ask) === key(ask) ? job : undefined;
}

function jobMeter(job: InstallJob, onProgress: (progress: InstallProgress) => void): ProgressMeter {
  const { modelId, name, license, quantizationName: quantization } = job;
  const identity = {
    modelId,
    name,
    ...(license === undefined ? {} : { license }),
    ...(quantization === undefined ? {} : { quantization }),
  };
  return new ProgressMeter(identity, onProgress);
}

function sourceName(means: InstallSource): string {
  switch (means.type) {
    case "catalog":
      return means.model.name;
    case "hub":
      return means.reference.repository;
    case "url":
      return decodeURIComponent(means.url.pathname.split("/").pop() ?? "") || means.url.host;
    default:
      return means.path;
  }
}

/** Without the keys that are `undefined`, which would hide the defaults. */
function definedOnly<T extends object>(settings: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
