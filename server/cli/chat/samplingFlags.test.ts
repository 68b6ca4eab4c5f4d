import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cac } from "cac";
import { describe, expect, it } from "vitest";
import { packagePath } from "../../platform/paths.js";
import { samplingSchema } from "../../protocol/sampling.js";
import { markValues, unmarkValues } from "../typedValues.js";
import { addSamplingFlags, readSamplingFlags, setParameter } from "./samplingFlags.js";

function parse(...words: string[]) {
  const cli = cac("cria");
  addSamplingFlags(cli.command("chat")).action(() => {});
  const { options } = cli.parse(markValues(cli, ["node", "cria", "chat", ...words]), { run: false });
  unmarkValues(options);
  return readSamplingFlags(options);
}

it("has a flag for every sampling parameter", () => {
  const cli = cac("cria");
  const names = addSamplingFlags(cli.command("chat")).options.flatMap((option) => option.names);
  for (const key of Object.keys(samplingSchema.shape).filter((name) => name !== "alternatives"))
    expect(names).toContain(key);
});

it("reads flags, short ones and other programs' names too", () => {
  expect(parse("--temp", "0", "--top-k", "5", "-n", "20", "--repeat-last-n", "8", "--seed", "3")).toEqual({
    temperature: 0,
    topK: 5,
    maxTokens: 20,
    repeatLastTokens: 8,
    seed: 3,
  });
  expect(parse("--stop", "\\n\\n", "--stop=007", "--ignore-eos")).toEqual({
    stop: ["\n\n", "007"],
    ignoreEos: true,
  });
  expect(parse()).toEqual({});
  expect(
    parse("--logit-bias", "42=-100", "--logit-bias", "a=b=1.5", "--dry-last-tokens=-1", "--presence-penalty", "-0.5"),
  ).toEqual({
    logitBias: [
      { token: 42, bias: -100 },
      { token: "a=b", bias: 1.5 },
    ],
    dryLastTokens: -1,
    presencePenalty: -0.5,
  });
  const schemaPath = join(packagePath, "tsconfig.json");
  expect(parse("--grammar", 'root ::= "x"', "--json-schema", `@${schemaPath}`)).toEqual({
    grammar: 'root ::= "x"',
    jsonSchema: JSON.parse(readFileSync(schemaPath, "utf8")),
  });
});

it("sets a parameter by any of its names", () => {
  expect(setParameter({}, "temp", "0.2")).toEqual({ temperature: 0.2 });
  expect(setParameter({ seed: 1 }, "--top-p", "0.5")).toEqual({ seed: 1, topP: 0.5 });
  expect(setParameter({}, "maxTokens", "7")).toEqual({ maxTokens: 7 });
});

describe("what cannot be", () => {
  it("is refused with the flag's name and its limits", () => {
    const refused = (...words: string[]) =>
      expect(() => parse(...words)).toThrow(expect.objectContaining({ code: "config_invalid" }));
    refused("--temp", "9");
    refused("--top-k", "abc");
    refused("--top-k", "1.5");
    refused("--seed", "-1");
    refused("--max-tokens", "");
    refused("--stop", "");
    refused("--logit-bias", "42");
    refused("--logit-bias", "x=500");
    refused("--grammar", "@/nowhere/at-all");
    refused("--json-schema", "{");
    expect(() => parse("--top-k", "abc")).toThrow('--top-k cannot be "abc".');
    expect(() => setParameter({}, "heat", "1")).toThrow('There is no parameter "heat".');
    expect(() => setParameter({}, "temp", "")).toThrow('--temperature cannot be "".');
  });
});
