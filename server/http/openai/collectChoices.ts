import type { GenerationStats } from "../../protocol/generation.js";
import { type Collected, collectGeneration } from "../collectGeneration.js";
import type { Choice } from "./startChoices.js";

/** Waits for all choices, in their order. When one fails, the others are stopped and its error is thrown. */
export async function collectChoices(choices: readonly Choice[]): Promise<Collected[]> {
  try {
    return await Promise.all(choices.map(({ generation }) => collectGeneration(generation)));
  } catch (error) {
    for (const { generation } of choices) generation.stop();
    throw error;
  }
}

/** The figures by prompt: `[prompts][choices]`. */
export function statsByPrompt(
  choices: readonly Choice[],
  stats: readonly (GenerationStats | undefined)[],
): GenerationStats[][] {
  const byPrompt: GenerationStats[][] = [];
  for (const [position, { promptIndex }] of choices.entries()) {
    const figures = stats[position];
    byPrompt[promptIndex] ??= [];
    if (figures !== undefined) byPrompt[promptIndex]?.push(figures);
  }
  return byPrompt;
}
