import type { InstallableModel } from "../../server/protocol/install.js";
import { recommendedVariant } from "./recommendedVariant.js";

const shown = 3;
/** Bigger ones answer slowly without a big graphics card: nobody should begin with them. */
const handyParameters = 9e9;

/** A few models to begin with: the biggest handy ones that fit, and LLaMA 7B in any case, since that is what people come for. */
export function suggestedModels(installable: readonly InstallableModel[]): InstallableModel[] {
  const free = installable.filter((model) => !model.installed);
  const first = free.find(({ modelId }) => modelId === "llama.7B");
  const rank = (model: InstallableModel) =>
    ["fits", "tight", "tooBig"].indexOf(recommendedVariant(model)?.fit.fit ?? "tooBig");
  const isBig = ({ parameterCount }: InstallableModel) => (parameterCount > handyParameters ? 1 : 0);
  const others = free
    .filter((model) => model !== first && model.recommended !== undefined && model.kind !== "completion")
    .sort((a, b) => rank(a) - rank(b) || isBig(a) - isBig(b) || b.parameterCount - a.parameterCount);
  return [...(first ? [first] : []), ...others].slice(0, shown);
}
