import type { AnyModel } from "../../models/ModelRegistry.js";
import type { DalaiFamily } from "./dalaiDefaults.js";

export interface ModelChoice {
  model: AnyModel;
  /** The name that was asked for when another model takes its place. */
  instead: string | undefined;
}

/**
 * The installed model that serves a request. `wanted` is Dalai's `family.NAME` or the `NAME` alone, in any case. Dalai's page keeps
 * names of models that are gone and sends none at all after a reload, so what cannot be had is replaced: by the first of
 * `offered` that is installed, else by one of the same family, else by the first installed. `undefined`: nothing is installed.
 */
export function chooseModel(
  installed: readonly AnyModel[],
  wanted: string | undefined,
  offered: readonly string[],
): ModelChoice | undefined {
  const named = wanted === undefined ? undefined : findModel(installed, wanted);
  if (named !== undefined) return { model: named, instead: undefined };
  const family = wanted?.includes(".") ? wanted.split(".", 1)[0]?.toLowerCase() : undefined;
  const model =
    offered.map((name) => findModel(installed, name)).find((candidate) => candidate !== undefined) ??
    installed.find((candidate) => familyOf(candidate.id) === family) ??
    installed[0];
  return model === undefined ? undefined : { model, instead: wanted };
}

function findModel(installed: readonly AnyModel[], wanted: string): AnyModel | undefined {
  const name = wanted.trim().toLowerCase();
  const whole = installed.find((model) => model.id.toLowerCase() === name);
  if (whole !== undefined || name.includes(".")) return whole;
  // The name alone is LLaMA's first, as in the README's examples of that time.
  return (
    installed.find((model) => model.id.toLowerCase() === `llama.${name}`) ??
    installed.find((model) => model.id.toLowerCase().endsWith(`.${name}`))
  );
}

function familyOf(modelId: string): string | undefined {
  return modelId.split(".", 1)[0]?.toLowerCase();
}

/** Whose engine Dalai would have run: alpaca.cpp for models that follow instructions in Alpaca's frame, llama.cpp for the rest. */
export function engineFamily(model: AnyModel): DalaiFamily {
  return familyOf(model.id) === "alpaca" ? "alpaca" : "llama";
}
