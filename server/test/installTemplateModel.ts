import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../models/manifest.js";
import { packagePath } from "../platform/paths.js";
import { encodeGgufHeader } from "../weights/gguf/encodeGgufHeader.js";
import type { GgufMetadata } from "../weights/gguf/GgufValue.js";
import { readGgufHeader } from "../weights/gguf/readGgufHeader.js";

/**
 * Installs the demo's weights as `test.NAME` with a chat template in the file: what the reply says does not matter, its form does.
 * `toolTemplate`: another one for conversations with functions.
 */
export async function installTemplateModel(
  homePath: string,
  name: string,
  template: string,
  toolTemplate?: string,
): Promise<string> {
  const demo = join(packagePath, "models", "demo", "demo-q8_0.gguf");
  const header = await readGgufHeader(demo);
  const named: GgufMetadata = new Map(
    toolTemplate === undefined ? [] : [["tokenizer.chat_template.tool_use", { type: "string", value: toolTemplate }]],
  );
  const metadata: GgufMetadata = new Map([
    ...header.metadata,
    ["tokenizer.chat_template", { type: "string", value: template }],
    ...named,
  ]);
  const weights = (await readFile(demo)).subarray(header.dataOffset);
  const tensors = [...header.tensors.values()].sort((a, b) => a.offset - b.offset);
  const bytes = Buffer.concat([encodeGgufHeader(metadata, tensors), weights]);
  const folder = join(homePath, "models", "test", name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "model.gguf"), bytes);
  const id = `test.${name}`;
  const manifest: Manifest = {
    manifestVersion: 1,
    id,
    name,
    kind: "chat",
    promptFormat: "template",
    file: "model.gguf",
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    quantization: "Q8_0",
    contextTokens: 512,
    sources: [{ name: "demo", files: [{ path: "model.gguf", sizeBytes: bytes.length }] }],
    installedAt: new Date(0).toISOString(),
    tool: { name: "cria", version: "0.1.0" },
  };
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
  return id;
}

/** Qwen's and Hermes' way to name tools, in short. */
export const taggedTemplate = `{%- if tools %}Tools: {%- for tool in tools %}{{ tool | tojson }}{%- endfor %} Answer with <tool_call></tool_call>. {% endif -%}
{%- for message in messages %}
{%- if message.role == "tool" %}[result {{ message.tool_call_id }}] {{ message.content }}
{%- else %}[{{ message.role }}] {{ message.content }}
{%- if message.tool_calls %}{%- for call in message.tool_calls %}<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>{%- endfor %}{%- endif %}
{%- endif %}
{% endfor %}{%- if add_generation_prompt %}[assistant] {% endif %}`;

/** Llama 3.1's way, in short. */
export const bareTemplate = `{%- if tools %}Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}. {%- for tool in tools %}{{ tool | tojson }}{%- endfor %}{%- endif %}
{%- for message in messages %}[{{ message.role }}] {{ message.content }}
{% endfor %}{%- if add_generation_prompt %}[assistant] {% endif %}`;

/** A chat template that knows no tools. */
export const plainTemplate = `{%- for message in messages %}[{{ message.role }}] {{ message.content }}
{% endfor %}{%- if add_generation_prompt %}[assistant] {% endif %}`;
