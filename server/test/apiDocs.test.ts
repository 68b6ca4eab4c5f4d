import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { samplingFields } from "../http/openai/samplingFields.js";
import { type SamplingNumber, samplingNames } from "../http/openai/samplingNames.js";
import { packagePath } from "../platform/paths.js";
import { samplingLimits } from "../protocol/samplingLimits.js";

const path = join(packagePath, "docs", "api.md");

/** What the table of the docs has to be, made from the limits that validate. */
function samplingTable(): string {
  const rows = (Object.keys(samplingLimits) as SamplingNumber[]).map((key) => {
    const limits: { min: number; max: number; default?: number } = samplingLimits[key];
    const preset = limits.default ?? (key === "seed" ? "random" : "–");
    return [`\`${samplingNames[key]}\``, `\`${key}\``, String(preset), String(limits.min), String(limits.max)];
  });
  const table = [["over HTTP", "elsewhere", "default", "from", "to"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = table;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

it("docs/api.md has the sampling table that validates (CRIA_WRITE_DOCS=1 writes it)", async () => {
  const text = await readFile(path, "utf8");
  const between = /(<!-- made from [^>]*-->\n\n)([\s\S]*?)(\n\n<!-- end -->)/;
  if (process.env.CRIA_WRITE_DOCS !== undefined)
    await writeFile(
      path,
      text.replace(between, (_, before: string, __, after: string) => before + samplingTable() + after),
    );
  expect(between.exec(await readFile(path, "utf8"))?.[2]).toBe(samplingTable());
});

it("the HTTP names are those that the requests take", () => {
  const taken = new Set([...Object.keys(samplingFields), "max_tokens", "top_logprobs"]);
  for (const name of Object.values(samplingNames)) expect(taken).toContain(name);
});
