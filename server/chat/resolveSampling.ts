import { randomInt } from "node:crypto";
import { checkGrammar } from "../grammar/checkGrammar.js";
import { jsonSchemaToGrammar } from "../grammar/jsonSchemaToGrammar.js";
import { parseGbnf } from "../grammar/parseGbnf.js";
import { printGbnf } from "../grammar/printGbnf.js";
import { AppError } from "../platform/AppError.js";
import type { FullSampling, Sampling } from "../protocol/sampling.js";
import { samplingLimits } from "../protocol/samplingLimits.js";

/**
 * Fills in what the request leaves out: the model's own defaults first, then the table's; the seed is random.
 * Throws `bad_request` for a grammar or JSON schema that cannot be used.
 */
export function resolveSampling(requested: Sampling = {}, modelDefaults: Sampling = {}): FullSampling {
  const pick = <Key extends keyof Sampling>(
    key: Key,
    fallback: NonNullable<Sampling[Key]>,
  ): NonNullable<Sampling[Key]> => requested[key] ?? modelDefaults[key] ?? fallback;
  return {
    temperature: pick("temperature", samplingLimits.temperature.default),
    topK: pick("topK", samplingLimits.topK.default),
    topP: pick("topP", samplingLimits.topP.default),
    minP: pick("minP", samplingLimits.minP.default),
    repeatPenalty: pick("repeatPenalty", samplingLimits.repeatPenalty.default),
    repeatLastTokens: pick("repeatLastTokens", samplingLimits.repeatLastTokens.default),
    presencePenalty: pick("presencePenalty", samplingLimits.presencePenalty.default),
    frequencyPenalty: pick("frequencyPenalty", samplingLimits.frequencyPenalty.default),
    maxTokens: pick("maxTokens", samplingLimits.maxTokens.default),
    dryMultiplier: pick("dryMultiplier", samplingLimits.dryMultiplier.default),
    dryBase: pick("dryBase", samplingLimits.dryBase.default),
    dryAllowedLength: pick("dryAllowedLength", samplingLimits.dryAllowedLength.default),
    dryLastTokens: pick("dryLastTokens", samplingLimits.dryLastTokens.default),
    xtcProbability: pick("xtcProbability", samplingLimits.xtcProbability.default),
    xtcThreshold: pick("xtcThreshold", samplingLimits.xtcThreshold.default),
    logitBias: pick("logitBias", []),
    seed: pick("seed", randomInt(samplingLimits.seed.max)),
    stop: pick("stop", []),
    ignoreEos: pick("ignoreEos", false),
    ...grammarOf(requested.grammar ?? modelDefaults.grammar, requested.jsonSchema ?? modelDefaults.jsonSchema),
    ...(requested.alternatives === undefined ? {} : { alternatives: requested.alternatives }),
  };
}

/** The grammar as the engine gets it: read and printed anew, so that it never sees one that was not checked. */
function grammarOf(
  grammar: Sampling["grammar"],
  jsonSchema: Sampling["jsonSchema"],
): Pick<FullSampling, "grammar" | "completeAtLimit"> {
  if (grammar !== undefined && jsonSchema !== undefined)
    throw new AppError("bad_request", "A reply follows either a grammar or a JSON schema.", { field: "grammar" });
  if (jsonSchema !== undefined) return { grammar: printGbnf(jsonSchemaToGrammar(jsonSchema)), completeAtLimit: true };
  if (grammar === undefined) return {};
  const parsed = parseGbnf(grammar);
  checkGrammar(parsed, "grammar");
  return { grammar: printGbnf(parsed) };
}
