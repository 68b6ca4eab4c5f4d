import { assessFit, type MachineRoom } from "../models/assessFit.js";
import type { Catalog, CatalogModel } from "../models/catalog.js";
import type { InstallableModel, InstallableVariant } from "../protocol/install.js";

/** The catalog for people: what each model takes and whether this machine can hold it. Pure. */
export function listInstallable(
  catalog: Catalog,
  room: MachineRoom,
  installedIds: ReadonlySet<string>,
): InstallableModel[] {
  return catalog.models.map((model) => {
    const variants = model.variants.map((variant): InstallableVariant => {
      const { downloadBytes, peakDiskBytes } = transfer(model, variant.sizeBytes);
      const fit = assessFit({ ramBytes: variant.ramBytes, diskBytes: peakDiskBytes }, room);
      return { ...variant, downloadBytes, peakDiskBytes, fit };
    });
    const recommended =
      variants.find((variant) => variant.fit.fit === "fits") ?? variants.find((variant) => variant.fit.fit === "tight");
    const { id, name, description, kind, parameterCount, contextTokens, license } = model;
    return {
      modelId: id,
      name,
      family: id.slice(0, id.indexOf(".")),
      description,
      kind,
      parameterCount,
      contextTokens,
      license,
      installed: installedIds.has(id),
      ...(recommended === undefined ? {} : { recommended: recommended.quantization }),
      variants,
    };
  });
}

/** What comes over the network, and the most that lies on the disk at once: the result and two shards of what it is made from. */
function transfer(model: CatalogModel, sizeBytes: number): { downloadBytes: number; peakDiskBytes: number } {
  const [source] = model.sources;
  if (source === undefined || source.type === "gguf") return { downloadBytes: sizeBytes, peakDiskBytes: sizeBytes };
  const added = source.type === "checkpoint" ? [source.addDiff, source.lora].filter((part) => part !== undefined) : [];
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    downloadBytes: source.downloadBytes + sum(added.map((part) => part.downloadBytes)),
    peakDiskBytes:
      sizeBytes +
      Math.min(source.downloadBytes, 2 * source.largestFileBytes) +
      sum(added.map((part) => part.largestFileBytes)),
  };
}
