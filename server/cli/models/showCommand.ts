import type { CAC } from "cac";
import { findOriginal, type Original } from "../../install/findOriginal.js";
import { formatBytes } from "../../install/formatBytes.js";
import type { Manifest } from "../../models/manifest.js";
import { readManifest } from "../../models/readManifest.js";
import { readGgufIndex } from "../../weights/gguf/readGgufIndex.js";
import { type ModelSummary, readModelSummary } from "../../weights/gguf/readModelSummary.js";
import { estimateMemory } from "../../weights/planMemory.js";
import { chooseUsable } from "./chooseUsable.js";
import { type HomeFlags, openModelsHome } from "./modelsHome.js";

/** `cria show <id>`: what a model is, where it came from, what it takes. */
export function registerShow(cli: CAC): void {
  cli
    .command("show <id>", "Show what an installed model is and where it came from")
    .option("--home <folder>", "Where models are kept (~/.cria)")
    .option("--json", "Print one JSON object")
    .action(show);
}

async function show(id: string, flags: HomeFlags): Promise<void> {
  const { registry } = await openModelsHome(flags);
  const model = chooseUsable(registry.installed(), registry.unusable, String(id));
  const manifest = await readManifest(model.folderPath);
  const summary = readModelSummary(await readGgufIndex(model.weightsPath));
  const original = await findOriginal(manifest, model.weightsPath);
  if (flags.json === true) {
    const { tensorTypes, chatTemplate, ...weights } = summary;
    const json = {
      manifest,
      weights: {
        ...weights,
        tensorTypes: Object.fromEntries(tensorTypes),
        hasChatTemplate: chatTemplate !== undefined,
      },
      path: model.weightsPath,
      ...(original === undefined ? {} : { original }),
    };
    process.stdout.write(`${JSON.stringify(json)}\n`);
    return;
  }
  const rows = describe(manifest, summary, model.weightsPath, original);
  const width = Math.max(...rows.map(([label]) => label.length));
  for (const [label, value] of rows) console.log(`${label.padEnd(width)}  ${value}`);
}

function describe(
  manifest: Manifest,
  summary: ModelSummary,
  path: string,
  original: Original | undefined,
): [label: string, value: string][] {
  const contextTokens = Math.min(summary.contextTokens, 8192);
  const memory = estimateMemory(summary, contextTokens, 1);
  const rows: [string, string | undefined][] = [
    ["Model", manifest.id],
    ["Name", manifest.name],
    ["Description", manifest.description],
    ["Kind", `${manifest.kind}, prompts as ${manifest.promptFormat}`],
    [
      "Architecture",
      `${summary.architecture}, ${summary.blockCount} layers of ${summary.embeddingLength}, vocabulary ${summary.vocabularySize}`,
    ],
    ["Parameters", formatCount(summary.parameterCount)],
    [
      "Quantization",
      `${manifest.quantization} (${[...summary.tensorTypes].map(([type, count]) => `${count} ${type}`).join(", ")})`,
    ],
    ["Context", `${summary.contextTokens} tokens`],
    ["Size", formatBytes(manifest.sizeBytes)],
    ["Memory", `about ${formatBytes(memory.totalBytes)} with ${contextTokens} tokens of context`],
    ["Chat template", summary.chatTemplate === undefined ? "none" : `${summary.chatTemplate.length} characters`],
    [
      "Licence",
      manifest.license === undefined
        ? undefined
        : [manifest.license.name, manifest.license.url].filter(Boolean).join(", "),
    ],
    ...manifest.sources.map((source): [string, string] => [
      "Source",
      source.revision === undefined ? source.name : `${source.name} at ${source.revision}`,
    ]),
    ["SHA-256", manifest.sha256],
    ["Installed", `${manifest.installedAt} by ${manifest.tool.name} ${manifest.tool.version}`],
    ["File", path],
    ["Original", original === undefined ? undefined : originalStates[original.state]],
  ];
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]));
}

const originalStates = {
  shared: "the same file under another name: changing it changes the model, moving or deleting it does not",
  apart: "not needed by the model, which has its own bytes",
  gone: "no longer at its place, and not needed",
} satisfies Record<Original["state"], string>;

/** `6.7 billion`, `6.8 million`. */
function formatCount(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} billion` : `${(count / 1e6).toFixed(1)} million`;
}
