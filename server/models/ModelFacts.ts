import type { PromptFormat } from "../prompts/renderPrompt.js";
import type { ModelInfo } from "../protocol/model.js";
import type { Sampling } from "../protocol/sampling.js";

/** What is known of a model, wherever it is. */
export interface ModelFacts {
  id: string;
  name: string;
  description: string | undefined;
  kind: ModelInfo["kind"];
  promptFormat: PromptFormat;
  /** The model that ships with the package. */
  demo: boolean;
  /** 0: not known. */
  sizeBytes: number;
  /** Milliseconds since 1970. */
  installedAtMs: number;
  license: string | undefined;
  contextTokens: number;
  quantization: string | undefined;
  parameterCount: number | undefined;
  samplingDefaults: Sampling;
  examplePrompts: string[];
}
