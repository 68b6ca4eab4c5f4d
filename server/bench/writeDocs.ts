import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { packagePath } from "../platform/paths.js";
import { formatCircumstances, formatGoal, formatScenario } from "./formatReport.js";
import type { BenchReport, ScenarioReport } from "./report.js";

const beginMark = "<!-- written by npm run bench -- --docs: begin -->";
const endMark = "<!-- written by npm run bench -- --docs: end -->";

/** Each scenario's newest full report with its own circumstances; the samples are left out. */
type Book = Record<string, BenchReport>;

/** Where the documents are, in a clone of the sources. */
export const docsPath = join(packagePath, "docs");

/**
 * Puts the report into `benchmarks.json` and writes the figures in `benchmarks.md` anew. Scenarios that were not run now keep what
 * was measured last, and each part says when and on what.
 */
export async function writeDocs(report: BenchReport, folderPath = docsPath): Promise<void> {
  const [jsonPath, textPath] = [join(folderPath, "benchmarks.json"), join(folderPath, "benchmarks.md")];
  const book: Book = JSON.parse(await readFile(jsonPath, "utf8").catch(() => "{}"));
  for (const scenario of report.scenarios) book[scenario.name] = { ...report, scenarios: [withoutSamples(scenario)] };
  const text = await readFile(textPath, "utf8");
  const [begin, end] = [text.indexOf(beginMark), text.indexOf(endMark)];
  if (begin < 0 || end < begin) throw new Error(`${textPath} has lost the marks between which the figures go`);
  await writeFileAtomic(jsonPath, `${JSON.stringify(book, undefined, 2)}\n`);
  await writeFileAtomic(
    textPath,
    `${text.slice(0, begin + beginMark.length)}\n\n${formatBook(book)}\n\n${text.slice(end)}`,
  );
}

function withoutSamples(scenario: ScenarioReport): ScenarioReport {
  return { ...scenario, cells: scenario.cells.map((cell) => ({ ...cell, samples: [] })) };
}

function formatBook(book: Book): string {
  const reports = Object.values(book);
  const goals = reports.flatMap(({ scenarios }) => scenarios.flatMap((scenario) => scenario.goals));
  const parts = ["### What had to be reached", "", ...goals.map((goal) => `- ${formatGoal(goal)}`)];
  let circumstances = "";
  for (const report of reports) {
    const now = formatCircumstances(report);
    if (now !== circumstances) parts.push("", "## Measured on", "", now);
    circumstances = now;
    for (const scenario of report.scenarios) parts.push("", formatScenario(scenario, false));
  }
  return parts.join("\n");
}
