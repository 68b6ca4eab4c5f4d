import type { CheckpointFiles } from "../CheckpointFiles.js";
import { readJsonObject, readSmallFile } from "../readSmallFile.js";

/** The longest templates in the wild have about 30 kB. */
const templateBytesMax = 2 ** 20;

/**
 * The checkpoint's chat templates by name, "default" being the one that is used: from tokenizer_config.json, else from
 * chat_template.jinja, else from chat_template.json. What is no template, or absurdly long, is left out.
 */
export async function readChatTemplates(files: CheckpointFiles, configured: unknown): Promise<Map<string, string>> {
  const templates = new Map<string, string>();
  const add = (name: string, source: unknown) => {
    if (typeof source === "string" && source !== "" && source.length <= templateBytesMax) templates.set(name, source);
  };
  let value = configured;
  if (value === undefined || value === null) {
    if (files.fileNames.has("chat_template.jinja"))
      value = new TextDecoder().decode(await readSmallFile(files, "chat_template.jinja", templateBytesMax));
    else if (files.fileNames.has("chat_template.json"))
      value = ((await readJsonObject(files, "chat_template.json", templateBytesMax)) as { chat_template?: unknown })
        .chat_template;
  }
  if (!Array.isArray(value)) {
    add("default", value);
    return templates;
  }
  for (const item of value as unknown[]) {
    const { name, template } = (item ?? {}) as { name?: unknown; template?: unknown };
    // The name becomes part of a metadata key.
    if (typeof name === "string" && name !== "") add(name.replaceAll(/[^A-Za-z0-9]/g, "_"), template);
  }
  return templates;
}
