import type { BenchReport, CellReport, Goal, ScenarioReport, Unit } from "./report.js";

const columns = ["", "unit", "n", "p50", "95 % interval", "p95", "p99", "max"];

/** One scenario as Markdown: a table of cells, the goals and how they were met, the notes. */
export function formatScenario(scenario: ScenarioReport, withGoals = true): string {
  const rows = scenario.cells.map(cellRow);
  const lines = [`### ${scenario.title}`, "", table([columns, ...rows])];
  if (withGoals && scenario.goals.length > 0) lines.push("", ...scenario.goals.map((goal) => `- ${formatGoal(goal)}`));
  if (scenario.notes.length > 0) lines.push("", ...scenario.notes.map((note) => `_${note}_`));
  return lines.join("\n");
}

/** Machine, versions and commit, one line each. */
export function formatCircumstances(report: BenchReport): string {
  const { machine } = report;
  const memoryGb = Math.round(machine.memoryBytes / 1e9);
  return [
    `- ${report.startedAt.slice(0, 16).replace("T", " ")} UTC, commit ${report.commit}${report.quick ? ", quick" : ""}${report.rounds === undefined ? "" : `, ${report.rounds} rounds`}`,
    `- ${machine.cpu}, ${machine.usableCores} of ${machine.cores} cores, ${memoryGb} GB, ${machine.system}; load at the start ${machine.loadAverage.toFixed(2)}`,
    `- engines with ${report.threads} thread${report.threads === 1 ? "" : "s"}; ${Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}`,
    ...(report.peer === undefined ? [] : [`- peer: ${report.peer}`]),
  ].join("\n");
}

export function formatGoal({ source, cell, statistic, comparison, limit, value, unit, met }: Goal): string {
  return `${met ? "met" : "**missed**"}: ${cell}, ${statistic} ${formatValue(value, unit)} ${comparison} ${formatValue(limit, unit)} (${source})`;
}

function cellRow(cell: CellReport): string[] {
  const value = (figure: number) => formatValue(figure, cell.unit, false);
  const { low, high } = cell.interval;
  return [
    cell.name,
    cell.unit,
    String(cell.count),
    value(cell.p50),
    cell.count < 3 ? "" : `${value(low)} – ${value(high)}`,
    value(cell.p95),
    value(cell.p99),
    value(cell.max),
  ];
}

/** Three significant digits, more before the point where there are more. */
function formatValue(value: number, unit: Unit, withUnit = true): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 100 || (unit === "count" && Number.isInteger(value)) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const text = value.toFixed(digits);
  return withUnit && unit !== "count" ? `${text} ${unit}` : text;
}

/** A Markdown table with columns of equal width, so that it reads well in a terminal too. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}
