import { samplingLimits } from "../../server/protocol/samplingLimits.js";
import { messages } from "../ui/messages.js";

/** A parameter that is a number with a default. */
export type NumberKey = keyof typeof messages.settings.rows;

/**
 * How a number is set. The slider covers what is sensible, the number box all that is allowed. `step` is the slider's; where it is
 * whole, so is the parameter.
 */
export interface NumberRowShape {
  key: NumberKey;
  sliderMin: number;
  sliderMax: number;
  step: number;
}

const row = (key: NumberKey, sliderMin: number, sliderMax: number, step: number): NumberRowShape => ({
  key,
  sliderMin,
  sliderMax,
  step,
});

export const basicRows: readonly NumberRowShape[] = [row("temperature", 0, 2, 0.05), row("maxTokens", 16, 4096, 16)];

export const advancedRows: readonly NumberRowShape[] = [
  row("topK", 0, 200, 1),
  row("topP", 0, 1, 0.01),
  row("minP", 0, 1, 0.01),
  row("repeatPenalty", 0.8, 2, 0.01),
  row("repeatLastTokens", 0, 1024, 8),
  row("presencePenalty", -2, 2, 0.05),
  row("frequencyPenalty", -2, 2, 0.05),
  row("dryMultiplier", 0, 5, 0.05),
  row("dryBase", 1, 4, 0.05),
  row("dryAllowedLength", 1, 20, 1),
  row("dryLastTokens", -1, 4096, 1),
  row("xtcProbability", 0, 1, 0.01),
  row("xtcThreshold", 0, 0.5, 0.01),
];

/** What a number box takes. */
export interface NumberLimits {
  min: number;
  max: number;
  whole: boolean;
}

export function limitsOf({ key, step }: NumberRowShape): NumberLimits {
  const { min, max } = samplingLimits[key];
  return { min, max, whole: Number.isInteger(step) };
}

/** What is typed into a number box: the number, or what is wrong with it. */
export function readNumberIn({ min, max, whole }: NumberLimits, text: string): { value: number } | { problem: string } {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return { value };
  const words = messages.settings;
  const [least, most] = [messages.stats.number(min), messages.stats.number(max)];
  return { problem: whole ? words.whole(least, most) : words.outside(least, most) };
}

/** Where a value stands on the slider, from 0 to 1; what lies outside stands at its end. */
export function sliderFraction(
  { sliderMin, sliderMax }: Pick<NumberRowShape, "sliderMin" | "sliderMax">,
  value: number,
): number {
  return Math.min(1, Math.max(0, (value - sliderMin) / (sliderMax - sliderMin)));
}
