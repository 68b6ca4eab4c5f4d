import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { errorCodes } from "../protocol/errorCodes.js";
import { requestSchemas } from "../protocol/events.js";

const errorsIntroduction = `# Errors

Everything that Cria refuses or fails at is told in the same form, over sockets, HTTP and at the command line: \`message\` says what happened,
\`hint\` what to do, \`code\` is one of these, and \`field\` names the field of a request that is wrong. HTTP answers with the status beside it.
`;

const protocolPath = join(packagePath, "docs", "protocol.md");

async function textsBelow(folder: string, ending: RegExp): Promise<string[]> {
  const entries = await readdir(join(packagePath, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && ending.test(entry.name) && !entry.parentPath.includes("node_modules"),
  );
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}

/** The names of an interface's fields, read from its source: types are gone when a test runs. */
async function fieldNames(file: string, interfaceName: string): Promise<string[]> {
  const source = await readFile(join(packagePath, "server", "protocol", file), "utf8");
  const body = source.slice(source.indexOf(`export interface ${interfaceName} {`));
  return [...body.slice(0, body.indexOf("\n}")).matchAll(/^ {2}"?([\w:]+)"?\??: /gm)].map(([, name = ""]) => name);
}

it("docs/protocol.md has every request and every event, and none that there is not", async () => {
  const text = await readFile(protocolPath, "utf8");
  const inTables = [...text.matchAll(/^\| `([a-z]+:[a-z]+)` /gm)].map(([, name = ""]) => name);
  const events = await fieldNames("events.ts", "ServerToClientEvents");
  expect(events).toContain("generation:events");
  expect(inTables.sort()).toEqual([...Object.keys(requestSchemas), ...events].sort());
  for (const name of await fieldNames("dalai.ts", "DalaiServerToClientEvents")) expect(text).toContain(`\`${name}\``);
});

it("docs/protocol.md names every field that a request takes", async () => {
  const text = await readFile(protocolPath, "utf8");
  for (const [name, schema] of Object.entries(requestSchemas)) {
    const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\` `));
    for (const field of Object.keys(schema.shape)) expect(row).toMatch(new RegExp(`\`${field}\\??\``));
  }
});

it("the rules of docs/protocol.md are numbered once each, and every one is cited by a test, and every citation is a rule", async () => {
  const rules = [...(await readFile(protocolPath, "utf8")).matchAll(/^- \*\*\[([A-Z]{2}\d+)\]\*\*/gm)].map(
    ([, id = ""]) => id,
  );
  expect(new Set(rules).size).toBe(rules.length);
  const tests = (
    await Promise.all(["server", "web"].map((folder) => textsBelow(folder, /(\.test\.tsx?|Contract\.ts)$/)))
  ).flat();
  const cited = new Set(tests.flatMap((text) => [...text.matchAll(/\[([A-Z]{2}\d+)\]/g)].map(([, id = ""]) => id)));
  expect(rules.filter((id) => !cited.has(id))).toEqual([]);
  const kinds = new Set(rules.map((id) => id.slice(0, 2)));
  expect([...cited].filter((id) => kinds.has(id.slice(0, 2)) && !rules.includes(id))).toEqual([]);
});

it("docs/troubleshooting.md says of every error code what to do, and of no other", async () => {
  const text = await readFile(join(packagePath, "docs", "troubleshooting.md"), "utf8");
  const rows = text.slice(text.indexOf("## By code")).matchAll(/^\| ((?:`[a-z_]+`(?:, )?)+) +\| (\S.*\S) +\|$/gm);
  const codes = [...rows].flatMap(([, names = ""]) => [...names.matchAll(/`([a-z_]+)`/g)].map(([, code = ""]) => code));
  expect(codes.sort()).toEqual(Object.keys(errorCodes).sort());
});

it("docs/errors.md is the table of error codes (npx vitest run -u dist/server/test/docs.test.js writes it)", async () => {
  const codes = Object.entries(errorCodes).map(([code, entry]) => [
    `\`${code}\``,
    String(entry.httpStatus),
    entry.meaning,
  ]);
  const rows = [["code", "HTTP", "what happened"], ...codes];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [header = [], ...body] = rows;
  const table = [line(header), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
  await expect(`${errorsIntroduction}\n${table}\n`).toMatchFileSnapshot(join(packagePath, "docs", "errors.md"));
});
