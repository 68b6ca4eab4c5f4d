import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Every module that the client loads, and what they import from packages. */
function importsOf(path: string, seen = new Set<string>(), packages = new Set<string>()) {
  if (seen.has(path)) return { seen, packages };
  seen.add(path);
  for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export) .*?from "(.+?)";$/gm))
    if (name.startsWith(".")) importsOf(join(dirname(path), name), seen, packages);
    else packages.add(name);
  return { seen, packages };
}

it("[CL1] loads nothing but socket.io-client, so that it runs in a browser", () => {
  const { seen, packages } = importsOf(join(dirname(fileURLToPath(import.meta.url)), "connect.js"));
  expect([...packages]).toEqual(["socket.io-client"]);
  expect(seen.size).toBeGreaterThan(3);
});
