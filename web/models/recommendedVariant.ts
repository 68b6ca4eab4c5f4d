import type { InstallableModel, InstallableVariant } from "../../server/protocol/install.js";

/** The variant to propose: the best that fits, or else the one that needs the least memory. */
export function recommendedVariant(model: InstallableModel): InstallableVariant | undefined {
  return (
    model.variants.find(({ quantization }) => quantization === model.recommended) ??
    [...model.variants].sort((a, b) => a.ramBytes - b.ramBytes)[0]
  );
}
