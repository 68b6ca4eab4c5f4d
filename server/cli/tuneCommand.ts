import type { CAC } from "cac";
import { z } from "zod";
import { chooseByName } from "../models/chooseByName.js";
import { AppError } from "../platform/AppError.js";
import { readConfig } from "../platform/config.js";
import { measureFreeCores, usableCores } from "../platform/freeCores.js";
import { homePaths, makeWritable } from "../platform/paths.js";
import { inspectGguf } from "../weights/gguf/inspectGguf.js";
import { worthDrafting } from "../workers/tuning/chooseDraft.js";
import { findDrafts, namedDraft } from "../workers/tuning/findDrafts.js";
import type { EngineSettings, Speed, Tuning } from "../workers/tuning/Tuning.js";
import { TuningStore } from "../workers/tuning/TuningStore.js";
import { type Tried, tuneModel } from "../workers/tuning/tuneModel.js";
import { turnMs } from "../workers/tuning/turnTime.js";
import { chooseUsable } from "./models/chooseUsable.js";
import { type HomeFlags, openModelsHome } from "./models/modelsHome.js";
import { untilInterrupted } from "./models/untilInterrupted.js";
import { tuningTurn } from "./tuningTurn.js";

interface TuneFlags extends HomeFlags {
  seconds?: unknown;
  threads?: unknown;
  gpu?: unknown;
  draft?: unknown;
  forget?: boolean;
}

/** `cria tune <id>`: measures what suits a model on this machine, and keeps it for when the model is loaded. */
export function registerTune(cli: CAC): void {
  cli
    .command("tune <id>", "Measure how this machine runs a model fastest, and keep it so")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--seconds <number>", "Try nothing more after so many seconds (120)")
    .option("--threads <number>", "The most threads to try (all cores)")
    .option("--gpu <auto|off>", "Use a GPU if there is one (auto)")
    .option("--draft <id>", "Try this smaller model as the writer of guesses (installed ones that fit)")
    .option("--forget", "Drop what was measured before")
    .option("--json", "Print one JSON object")
    .action(tune);
}

const secondsSchema = z.coerce.number().min(1).max(3600);

async function tune(id: string, flags: TuneFlags): Promise<void> {
  const { registry, logger } = await openModelsHome(flags);
  const { homePath, gpu, maxThreads } = readConfig({
    homePath: flags.home,
    gpu: flags.gpu,
    maxThreads: flags.threads,
  });
  const tuningsPath = homePaths(homePath).tunings;
  const tunings = new TuningStore(tuningsPath);
  const model = chooseUsable(registry.installed(), registry.unusable, String(id));
  // Before two minutes of measuring, not after.
  await makeWritable(tuningsPath, "the folder of what is measured");
  if (flags.forget === true) {
    await tunings.forget(model.id);
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ id: model.id, forgotten: true })}\n`);
    else console.log(`${model.id} is loaded as one that was never measured.`);
    return;
  }
  const seconds = secondsSchema.safeParse(flags.seconds ?? 120);
  if (!seconds.success)
    throw new AppError("config_invalid", `--seconds cannot be "${String(flags.seconds)}".`, {
      hint: "A number from 1 to 3600.",
      field: "seconds",
    });
  const target = { id: model.id, ...(await inspectGguf(model.weightsPath)) };
  const drafts =
    flags.draft === undefined
      ? await findDrafts(target, registry.installed())
      : [await namedDraft(target, chooseByName(registry.installed(), String(flags.draft)))];
  const tried: Tried[] = [];
  const say = flags.json === true ? () => {} : console.log;
  const tuning = await untilInterrupted(async (signal) => {
    const leave = await tuningTurn(homePath, signal, () =>
      say("Another cria tune measures here: this one begins when it has ended."),
    );
    try {
      const free = await measureFreeCores(500);
      if (free < usableCores())
        say(`Other programs use ${usableCores() - free} of ${usableCores()} cores: close them for figures that hold.`);
      return await tuneModel(
        model,
        {
          seconds: seconds.data,
          threads: maxThreads > 0 ? Math.min(maxThreads, usableCores()) : usableCores(),
          gpu,
          signal,
          summary: target.summary,
          drafts,
          onTried: (one) => {
            tried.push(one);
            say(describeTried(one));
          },
        },
        logger,
      );
    } finally {
      leave();
    }
  });
  await tunings.write(tuning);
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...tuning, tried })}\n`);
  else for (const line of describeTuning(tuning)) console.log(line);
  if (flags.json !== true && flags.draft !== undefined && tuning.settings.draft === undefined)
    console.log(`${model.id} stays without a draft: it has to be ${worthDrafting} times as fast with one.`);
}

function describeTried({ name, speed, gain, kept }: Tried): string {
  if (gain !== undefined) return `${name.padEnd(32)}${gain.toFixed(2)} times as fast${kept ? "  *" : ""}`;
  const outcome = speed === undefined ? "cannot be had here" : describeSpeed(speed);
  return `${name.padEnd(32)}${outcome}${kept ? "  *" : ""}`;
}

function describeSpeed({ readPerSecond, writePerSecond }: Speed): string {
  return `reads ${rate(readPerSecond)} and writes ${rate(writePerSecond)} tokens/s`;
}

function rate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 100 ? 1 : 0).padStart(6);
}

function describeTuning({ modelId, settings, before, after }: Tuning): string[] {
  const gain = Math.round((turnMs(before) / turnMs(after) - 1) * 100);
  return [
    `Before:  ${describeSpeed(before)}`,
    `After:   ${describeSpeed(after)}`,
    ...(settings.draft?.gain === undefined
      ? []
      : [
          `Greedy replies come ${settings.draft.gain.toFixed(2)} times as fast with guesses by ${settings.draft.modelId}.`,
        ]),
    gain > 0
      ? `A turn with ${modelId} is ${gain} % faster: ${describeSettings(settings)}.`
      : `${modelId} is held best as it was: ${describeSettings(settings)}.`,
    "It counts from the next time that the model is loaded.",
  ];
}

function describeSettings({
  threads,
  batchThreads,
  flashAttention,
  kvCacheType,
  weightsIn,
  speculation,
  draft,
}: EngineSettings): string {
  return [
    `${threads} thread${threads === 1 ? "" : "s"} to write`,
    `${batchThreads} to read`,
    ...(flashAttention === "off" ? ["no flash attention"] : []),
    `KV cache as ${kvCacheType}`,
    ...(speculation === undefined ? [] : [`guessing ${speculation.draftTokens} tokens ahead`]),
    ...(draft === undefined ? [] : [`guesses written by ${draft.modelId}`]),
    `weights ${weightsIn}${weightsIn === "mapped" ? " from the file" : " in memory"}`,
  ].join(", ");
}
