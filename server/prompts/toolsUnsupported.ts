import { AppError } from "../platform/AppError.js";

/** For whoever asks a model to call functions, or tells it what they gave, when its prompt format has no place for that. */
export function toolsUnsupported(): AppError {
  return new AppError(
    "tools_unsupported",
    "This model cannot call functions: its prompt format has no place for them.",
    {
      hint: "Choose a model whose chat template knows tools, or leave them out.",
      field: "tools",
    },
  );
}
