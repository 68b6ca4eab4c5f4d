import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Fonts and the description of the interfaces are not needed to open the page. */
const isShellFile = (path: string) => /\.(js|css|svg|png|webmanifest)$/.test(path) && !path.startsWith("docs/");

/** Writes /serviceWorker.js beside the built page: the worker's code, with the list of the files that make up the page. */
export function shellWorker(): Plugin {
  return {
    name: "shell-worker",
    apply: "build",
    writeBundle({ dir }) {
      if (dir === undefined) throw new Error("The page is built into a folder.");
      const paths = readdirSync(dir, { recursive: true, encoding: "utf8" })
        .map((path) => path.replaceAll("\\", "/"))
        .filter((path) => isShellFile(path) && path !== "serviceWorker.js")
        .sort();
      const hash = createHash("sha256");
      for (const path of ["index.html", ...paths]) hash.update(path).update(readFileSync(join(dir, path)));
      const shell = { version: hash.digest("hex").slice(0, 16), files: paths.map((path) => `/${path}`) };
      const code = readFileSync(join(import.meta.dirname, "serviceWorker.js"), "utf8");
      writeFileSync(
        join(dir, "serviceWorker.js"),
        code.replace("__SHELL__", () => JSON.stringify(shell)),
      );
    },
  };
}
