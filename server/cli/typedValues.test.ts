import { cac } from "cac";
import { expect, it } from "vitest";
import { markValues, textsOf, unmarkValues } from "./typedValues.js";

function parse(...words: string[]) {
  const cli = cac("cria");
  cli
    .command("chat [model]")
    .option("-p, --prompt <text>", "")
    .option("-n, --top-k <number>", "")
    .option("--stop <text>", "")
    .option("--token <secret>", "")
    .option("--json", "");
  cli.command("other").option("--json <file>", "");
  const { args, options } = cli.parse(markValues(cli, ["node", "cria", "chat", ...words]), { run: false });
  unmarkValues(options);
  const { "--": _, ...given } = options;
  return { args, ...given };
}

it("values stay what was typed", () => {
  expect(parse("-p", "007", "demo")).toMatchObject({ prompt: "007", args: ["demo"] });
  expect(parse("--prompt=1e3")).toMatchObject({ prompt: "1e3" });
  expect(parse("-p", "")).toMatchObject({ prompt: "" });
  expect(parse("--prompt=", "demo")).toMatchObject({ prompt: "", args: ["demo"] });
  expect(parse("--token", "12345678901234567890")).toMatchObject({ token: "12345678901234567890" });
  expect(parse("--top-k", "1", "-n", "2")).toMatchObject({ topK: ["1", "2"] });
  expect(parse("--stop", "1.0", "--stop=a=b")).toMatchObject({ stop: ["1.0", "a=b"] });
});

it("a value may begin with a dash, a flag is no value", () => {
  expect(parse("--top-k", "-1", "-p", "-5 plus 3?")).toMatchObject({ topK: "-1", prompt: "-5 plus 3?" });
  expect(parse("-p", "- one\n- two", "demo")).toMatchObject({ prompt: "- one\n- two", args: ["demo"] });
  expect(parse("-p", "--json")).toMatchObject({ prompt: true, json: true });
  expect(parse("--json", "demo")).toMatchObject({ json: true, args: ["demo"] });
  expect(parse("--", "-p", "-1")).toEqual({ args: [] });
});

it("a flag that is given several times has all its texts", () => {
  expect([textsOf(undefined), textsOf("a"), textsOf(["a", "b"])]).toEqual([[], ["a"], ["a", "b"]]);
});
