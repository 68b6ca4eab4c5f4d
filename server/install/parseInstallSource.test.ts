import { expect, it } from "vitest";
import { loadCatalog } from "../models/catalog.js";
import { parseInstallSource } from "./parseInstallSource.js";

it.each(["", "   "])("does not take an empty source (%j) for the folder that the command runs in", async (text) => {
  const options = { catalog: loadCatalog(), endpoint: new URL("https://hub.test"), allowPaths: true };
  await expect(parseInstallSource(text, options)).rejects.toMatchObject({ code: "install_source_invalid" });
});

it("refuses an address that cannot be read", async () => {
  const options = { catalog: loadCatalog(), endpoint: new URL("https://hub.test"), allowPaths: false };
  for (const text of ["https://example.com/%.gguf", "https://example.com/%E0%A4%A.gguf", "https://a b/x.gguf"])
    await expect(parseInstallSource(text, options)).rejects.toMatchObject({ code: "install_source_invalid" });
});
