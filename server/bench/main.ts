/** `npm run bench`: runs the scenarios one after the other and prints, and where asked writes, one report. */
import { writeFile } from "node:fs/promises";
import { AppError } from "../platform/AppError.js";
import { Bench, type Scenario } from "./Bench.js";
import { describeCircumstances } from "./describeCircumstances.js";
import { formatCircumstances, formatScenario } from "./formatReport.js";
import { Recorder } from "./Recorder.js";
import { type BenchOptions, readOptions } from "./readOptions.js";
import type { BenchReport, ScenarioReport } from "./report.js";
import { allScenarios } from "./scenarios/allScenarios.js";
import { writeDocs } from "./writeDocs.js";

const log = (line: string) => process.stdout.write(`${line}\n`);

function chosen({ only }: BenchOptions): readonly Scenario[] {
  if (only.length === 0) return allScenarios;
  return only.map((name) => {
    const scenario = allScenarios.find((candidate) => candidate.name === name);
    if (scenario === undefined)
      throw new AppError("config_invalid", `There is no scenario "${name}".`, {
        hint: `There are: ${allScenarios.map((candidate) => candidate.name).join(", ")}.`,
      });
    return scenario;
  });
}

async function runScenario(scenario: Scenario, options: BenchOptions): Promise<ScenarioReport> {
  const startMs = performance.now();
  const bench = new Bench(options, log);
  const recorder = new Recorder(scenario.title);
  try {
    await scenario.run(bench, recorder);
  } catch (error) {
    recorder.note(`It broke off: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await bench.undoAll();
  }
  return recorder.report(scenario.name, performance.now() - startMs);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const scenarios = chosen(options);
  const report: BenchReport = { ...describeCircumstances(options), scenarios: [] };
  log(formatCircumstances(report));
  if (report.machine.loadAverage > 0.3)
    log("- the machine is not idle: take ratios for hints and absolute figures for nothing");
  for (const scenario of scenarios) {
    log(`\n  ${scenario.name} ...`);
    const result = await runScenario(scenario, options);
    report.scenarios.push(result);
    log(formatScenario(result));
    // After every scenario: a run that is broken off keeps what it had.
    if (options.jsonPath !== undefined) await writeFile(options.jsonPath, JSON.stringify(report));
    if (options.writeDocs) await writeDocs({ ...report, scenarios: [result] });
  }
}

main().catch((error: unknown) => {
  const known = AppError.from(error);
  process.stderr.write(`${known.message}\n${known.hint ?? ""}\n`);
  if (known.code === "internal" && known.cause instanceof Error) process.stderr.write(`${known.cause.stack}\n`);
  process.exitCode = 1;
});
