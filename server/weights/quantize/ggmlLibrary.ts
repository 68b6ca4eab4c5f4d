import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { AppError } from "../../platform/AppError.js";

const platformNames: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "mac", win32: "win" };
const architectureNames: Partial<Record<NodeJS.Architecture, string>> = { arm: "armv7l" };

/** node-llama-cpp's variants hold the same ggml-base; the one without a GPU comes first because it needs no driver. */
const variants = ["", "-metal", "-vulkan", "-cuda"];

/** GPU builds put the variant and the release into the name: `libggml-base.so`, `libllama.cuda.v0.5.0.so`. */
function libraryFile(directory: string, library: string): string | undefined {
  const pattern = new RegExp(`^(lib)?${library}(\\.[^/]*)?\\.(so|dylib|dll)$`);
  const file = readdirSync(directory).find((name) => pattern.test(name));
  return file === undefined ? undefined : path.join(directory, file);
}

/**
 * Path of one of the libraries that the installed node-llama-cpp brings along: `ggml-base`, `ggml` or `llama`.
 * The platform packages (`@node-llama-cpp/<platform>-<arch>[-<variant>]`) are looked up as node-llama-cpp itself does,
 * so every layout of node_modules works. Throws AppError `quantizer_unavailable` when none is installed.
 */
export function findGgmlLibrary(
  library: "ggml-base" | "ggml" | "llama",
  platform: NodeJS.Platform = process.platform,
  architecture: NodeJS.Architecture = process.arch,
): string {
  const name = `${platformNames[platform] ?? platform}-${architectureNames[architecture] ?? architecture}`;
  const here = createRequire(import.meta.url);
  const resolvers = [here];
  try {
    resolvers.unshift(createRequire(here.resolve("node-llama-cpp")));
  } catch {
    // Not installed: the platform package may still be there by itself.
  }
  for (const variant of variants) {
    for (const resolver of resolvers) {
      let entry: string;
      try {
        entry = resolver.resolve(`@node-llama-cpp/${name}${variant}`);
      } catch {
        continue;
      }
      const bins = path.join(path.dirname(path.dirname(entry)), "bins");
      const directories = existsSync(bins) ? readdirSync(bins).filter((directory) => directory.startsWith(name)) : [];
      for (const directory of directories) {
        const file = libraryFile(path.join(bins, directory), library);
        if (file !== undefined) return file;
      }
    }
  }
  throw new AppError("quantizer_unavailable", `The library ${library} for ${name} is not installed.`, {
    hint: `Reinstall Cria with its optional packages ("npm install --include=optional"): @node-llama-cpp/${name} brings the library.`,
  });
}
