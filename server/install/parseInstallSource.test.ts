import { expect, it } from "vitest";
import { loadCatalog } from "../models/catalog.js";
import { parseInstallSource } from "./parseInstallSource.js";

it.each(["", "   "])("does not take an empty source (%j) for the folder that the command runs in", async (text) => {
  const options = { catalog: loadCatalog(), endpoint: new URL("https://hub.test"), allowPaths: true };
  await expect(parseInstallSource(text, options)).rejects.toMatchObject({ code: "install_source_invalid" });
});
