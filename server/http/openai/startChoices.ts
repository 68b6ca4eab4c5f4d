import type { Principal } from "../../access/Principal.js";
import type { Generation } from "../../chat/Generation.js";
import type { GenerationInput } from "../../chat/GenerationService.js";
import type { Priority } from "../../protocol/generation.js";
import type { Sampling } from "../../protocol/sampling.js";
import { samplingLimits } from "../../protocol/samplingLimits.js";
import type { GenerateOptions } from "../../workers/messages.js";
import type { ApiServices } from "../ApiServices.js";

/** A generation and the place of its text in the answer. */
export interface Choice {
  index: number;
  /** Of the prompt that it continues. */
  promptIndex: number;
  generation: Generation;
}

export interface ChoicesRequest {
  by: Principal;
  modelId: string;
  inputs: readonly GenerationInput[];
  /** Choices per input. */
  count: number;
  sampling: Sampling;
  options: GenerateOptions;
  client: string;
  priority: Priority;
}

/**
 * Starts one generation per input and choice, in the order of the answer. With a seed, choice i of an input samples with the
 * seed plus i, so the first one is what a request for one choice gives. Throws what starting throws, with nothing left running.
 */
export function startChoices({ generations }: ApiServices, request: ChoicesRequest): Choice[] {
  const { modelId } = request;
  const choices: Choice[] = [];
  try {
    for (const [promptIndex, input] of request.inputs.entries())
      for (let number = 0; number < request.count; number++) {
        const { seed } = request.sampling;
        const sampling =
          seed === undefined
            ? request.sampling
            : { ...request.sampling, seed: (seed + number) % (samplingLimits.seed.max + 1) };
        const generation = generations.start({
          by: request.by,
          modelId,
          input,
          sampling,
          options: request.options,
          client: request.client,
          priority: request.priority,
        });
        choices.push({ index: choices.length, promptIndex, generation });
      }
  } catch (error) {
    for (const { generation } of choices) generation.stop();
    throw error;
  }
  return choices;
}
