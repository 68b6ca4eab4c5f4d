import { existsSync } from "node:fs";
import { join } from "node:path";
import { findOriginal, type Original } from "../../install/findOriginal.js";
import { formatBytes } from "../../install/formatBytes.js";
import type { InstallAsk } from "../../install/InstallJob.js";
import { InstallProcess } from "../../install/InstallProcess.js";
import { namesShippedModel, shippedMessage } from "../../install/shippedModel.js";
import { demoModelId } from "../../models/ModelRegistry.js";
import { modelFolder } from "../../models/modelId.js";
import { AppError } from "../../platform/AppError.js";
import { usableCores } from "../../platform/freeCores.js";
import { quantizationSchema } from "../../protocol/install.js";
import { errorEvent, interruptedStatus, printError } from "../printError.js";
import { BarView, type InstallView, JsonView, LineView, printEvent } from "./InstallView.js";
import { type HomeFlags, makeModelsWritable, openModelsHome } from "./modelsHome.js";

export interface InstallFlags extends HomeFlags {
  as?: unknown;
  quantize?: unknown;
  keepSource?: boolean;
  force?: boolean;
  threads?: unknown;
}

/**
 * Installs one source after the other, each in its own process, and shows how it gets on. The exit status is 0 only when all of them
 * are installed and were loaded back.
 */
export async function runInstalls(sources: readonly (string | InstallAsk)[], flags: InstallFlags): Promise<void> {
  const { modelsPath } = await openModelsHome(flags);
  await makeModelsWritable({ modelsPath });
  const quantization = readQuantization(flags.quantize);
  if (flags.as !== undefined && sources.length > 1)
    throw new AppError("bad_request", "--as names one model, but several are to be installed.", {
      hint: "Install them one by one.",
    });
  const common = {
    ...(flags.as === undefined ? {} : { as: String(flags.as) }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(flags.keepSource === true ? { keepSource: true } : {}),
  };
  for (const source of sources) {
    // A file or folder of that name comes first, as everywhere.
    if (typeof source === "string" && namesShippedModel(source) && !existsSync(source)) {
      if (flags.json === true) printEvent({ event: "shipped", modelId: demoModelId });
      else console.log(`${shippedMessage}\nTalk to it: cria chat demo`);
      continue;
    }
    const ask: InstallAsk = { ...common, ...(typeof source === "string" ? { source } : source) };
    const failure = await installOne(ask, { modelsPath, threadCount: readThreads(flags.threads), flags });
    if (failure === "interrupted") {
      process.exitCode = interruptedStatus;
      return;
    }
    if (failure !== undefined) process.exitCode = 1;
  }
}

async function installOne(
  ask: InstallAsk,
  { modelsPath, threadCount, flags }: { modelsPath: string; threadCount: number; flags: InstallFlags },
): Promise<AppError | "interrupted" | undefined> {
  const view = chooseView(flags.json === true);
  const order = { ask, modelsPath, workingFolder: process.cwd(), force: flags.force === true, threadCount };
  const install = new InstallProcess(order, process.env, (progress) => view.show(progress));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    void install.stop();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const outcome = await install.outcome;
  process.off("SIGINT", interrupt);
  process.off("SIGTERM", interrupt);
  view.end();
  if (outcome.type === "installed") {
    const { manifest } = outcome;
    if (flags.json === true) printEvent({ event: "installed", manifest });
    else {
      console.log(`${manifest.id} is installed: ${manifest.quantization}, ${formatBytes(manifest.sizeBytes)}.`);
      const original = await findOriginal(manifest, join(modelFolder(modelsPath, manifest.id), manifest.file));
      if (original !== undefined) console.log(describeOriginal(original));
    }
    return undefined;
  }
  if (outcome.type === "stopped" || interrupted) {
    if (flags.json === true) printEvent({ event: "stopped" });
    else console.error("Stopped. What was fetched is kept: the same command goes on with it.");
    return "interrupted";
  }
  if (flags.json === true) printEvent(errorEvent(outcome.error));
  else {
    console.error(`${ask.as ?? ask.source}: not installed.`);
    printError(outcome.error);
  }
  return outcome.error;
}

/** Whether the file or folder that a model was made of is still needed. */
function describeOriginal({ path, state }: Original): string {
  return state === "shared"
    ? `It is no copy: ${path} and the model are one file under two names. You may move or delete yours; changing it changes the model.`
    : `${path} is left as it is, and no longer needed.`;
}

function chooseView(json: boolean): InstallView {
  if (json) return new JsonView();
  return process.stderr.isTTY ? new BarView() : new LineView();
}

/** Throws `bad_request` with the names that there are. */
export function readQuantization(value: unknown) {
  if (value === undefined) return undefined;
  const parsed = quantizationSchema.safeParse(String(value).toUpperCase());
  if (parsed.success) return parsed.data;
  throw new AppError("bad_request", `There is no quantization "${String(value)}".`, {
    hint: `There are ${quantizationSchema.options.join(", ")}.`,
    field: "quantize",
  });
}

/** Throws `bad_request`. */
export function readThreads(value: unknown): number {
  if (value === undefined) return usableCores();
  const threads = Number(value);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 256) return threads;
  throw new AppError("bad_request", `--threads cannot be "${String(value)}".`, {
    hint: "It is a whole number from 1 to 256.",
    field: "threads",
  });
}
