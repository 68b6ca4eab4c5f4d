import { AppError } from "../../platform/AppError.js";
import type { RepositoryFile } from "./HubClient.js";

/** One model among a repository's GGUF files: one file, or all parts of a split one in order. */
export interface GgufChoice {
  /** In the file name's words: `Q4_K_M`, `IQ4_XS`; empty when the name does not say. */
  quantization: string;
  files: RepositoryFile[];
}

/** What is taken when nobody asks for a quantization: small and good first, then larger, then smaller. */
const preference = `
  Q4_K_M Q4_K_S Q4_K Q4_0 Q4_K_L IQ4_NL IQ4_XS Q4_1 Q5_K_M Q5_K_S Q5_0 Q5_1 Q6_K
  Q8_0 Q3_K_L Q3_K_M Q3_K_S Q2_K F16 BF16 F32
`
  .trim()
  .split(/\s+/);

const splitName = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
const tag = /(?:^|[-._ ])(I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|B?F16|FP16|F32|FP32)(?=[-._ ]|$)/gi;

/** The quantization that a GGUF file's name tells, in upper case; empty when it tells none. */
export function quantizationInName(path: string): string {
  const name = (path.split("/").pop() ?? "").replace(/(-\d{5}-of-\d{5})?\.gguf$|\.bin$/i, "");
  const last = [...name.matchAll(tag)].at(-1)?.[1]?.toUpperCase() ?? "";
  return last.replace(/^FP/, "F");
}

/** The models among a repository's GGUF files. Image projectors and importance matrices are none. Incomplete splits are left out. */
export function listGgufChoices(files: readonly RepositoryFile[]): GgufChoice[] {
  const choices = new Map<string, { quantization: string; partCount: number; files: Map<number, RepositoryFile> }>();
  for (const file of files) {
    const name = file.path.split("/").pop() ?? "";
    if (!/\.gguf$/i.test(name) || /^mmproj|mmproj[-._]|imatrix/i.test(name)) continue;
    const [, stem, part = "1", of = "1"] = splitName.exec(file.path) ?? [];
    const key = stem === undefined ? file.path : `${stem} in ${of}`;
    const choice = choices.get(key) ?? {
      quantization: quantizationInName(file.path),
      partCount: Number(of),
      files: new Map(),
    };
    choice.files.set(Number(part), file);
    choices.set(key, choice);
  }
  return [...choices.values()]
    .filter(({ partCount, files: parts }) => parts.size === partCount && parts.has(1) && parts.has(partCount))
    .map(({ quantization, files: parts }) => ({
      quantization,
      files: [...parts.entries()].sort(([a], [b]) => a - b).map(([, file]) => file),
    }));
}

const legacyName = /^(.*ggml.*\.bin)(?:\.(\d{1,2}))?$/i;

/** The models among a repository's ggml files of before GGUF: further parts have the first one's name and a number. */
export function listLegacyChoices(files: readonly RepositoryFile[]): GgufChoice[] {
  const firsts = files.filter((file) => legacyName.exec(file.path)?.[2] === undefined && legacyName.test(file.path));
  return firsts.map((first) => ({
    quantization: quantizationInName(first.path),
    files: [
      first,
      ...files.filter((file) => file.path !== first.path && legacyName.exec(file.path)?.[1] === first.path),
    ],
  }));
}

/**
 * The model to take: the one of quantization `wanted`, or the best one. Throws `hub_not_found` and names what there is.
 * `choices` are those of {@link listGgufChoices}, at least one.
 */
export function chooseGguf(repository: string, choices: readonly GgufChoice[], wanted: string | undefined): GgufChoice {
  const rank = (choice: GgufChoice) => {
    const index = preference.indexOf(choice.quantization);
    return index < 0 ? preference.length : index;
  };
  const [best] =
    wanted === undefined
      ? [...choices].sort((a, b) => rank(a) - rank(b))
      : choices.filter((choice) => choice.quantization === wanted.toUpperCase());
  if (best !== undefined) return best;
  const names = [...new Set(choices.map((choice) => choice.quantization || choice.files[0]?.path))];
  throw new AppError("hub_not_found", `${repository} has no ${wanted ?? "usable"} file.`, {
    hint: `It has ${names.join(", ")}: write ${repository}:${names[0] ?? ""}`,
  });
}
