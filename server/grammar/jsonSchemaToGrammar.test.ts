import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../platform/AppError.js";
import { completeText } from "./completeText.js";
import type { JsonSchema } from "./JsonSchema.js";
import { jsonSchemaToGrammar } from "./jsonSchemaToGrammar.js";

/** Whether a text is one of the schema's grammar. */
function accepts(schema: JsonSchema, text: string): boolean {
  return completeText(jsonSchemaToGrammar(schema), text) === "";
}

/** Each schema with JSON texts that it allows and texts that it does not. */
const cases: [name: string, schema: JsonSchema, valid: string[], invalid: string[]][] = [
  [
    "anything",
    true,
    ["1", "-1.5e3", '"a"', "null", "[]", "{}", '{"a": [1, {"b": null}]}'],
    ["", "01", "1.", "nul", "[1,]", "{a:1}"],
  ],
  ["an empty schema", {}, ["1", "{}"], ["undefined"]],
  ["an object", { type: "object" }, ["{}", '{"a":1}', '{ "a" : 1 }'], ["[]", "1", '{"a"}']],
  ["strings", { type: "string" }, ['""', '"\\u00e9\\n\\""', '"é😀"'], ["'a'", '"\n"', '"\\x"', '"\\ud800"']],
  ["integers", { type: "integer" }, ["0", "-7", "123"], ["1.0", "007", "--1", "1e3"]],
  ["booleans and null", { type: ["boolean", "null"] }, ["true", "false", "null"], ["True", "0"]],
  ["nullable", { type: "integer", nullable: true }, ["3", "null"], ['"3"']],
  ["const", { const: { a: [1, "x"] } }, ['{"a":[1,"x"]}'], ['{"a":[1]}']],
  ["enum", { enum: ["red", 3, null] }, ['"red"', "3", "null"], ['"blue"', "33", "nul"]],
  [
    "required and optional properties, in their order",
    {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" }, c: { type: "integer" } },
      required: ["b"],
    },
    ['{"b":1}', '{"a":1,"b":2}', '{"b":1,"c":2}', '{"a":1, "b":2, "c":3}'],
    ["{}", '{"a":1}', '{"b":1,"a":2}', '{"b":1,"d":2}', '{,"b":1}', '{"b":1,}'],
  ],
  [
    "only optional properties",
    { properties: { a: { type: "integer" }, b: { type: "integer" } } },
    ["{}", '{"a":1}', '{"b":1}', '{"a":1,"b":2}'],
    ['{"b":1,"a":1}', '{"c":1}'],
  ],
  [
    "additional properties",
    {
      properties: { on: { type: "integer" }, one: { type: "integer" } },
      required: ["on"],
      additionalProperties: { type: "boolean" },
    },
    ['{"on":1}', '{"on":1,"x":true}', '{"on":1,"o":true,"onex":false,"":true}', '{"on":1,"one":2,"two":true}'],
    ['{"on":1,"x":1}', '{"on":1,"on":true}', '{"on":1,"x":true,"one":true}', '{"x":true}'],
  ],
  ["a map", { type: "object", additionalProperties: { type: "integer" } }, ["{}", '{"a":1,"b":2}'], ['{"a":"b"}']],
  ["no properties", { type: "object", additionalProperties: false }, ["{}", "{ }"], ['{"a":1}']],
  ["properties that are none", { type: "object", properties: {} }, ["{}"], ['{"a":1}']],
  ["a required name that is not described", { required: ["z"] }, ['{"z":[1]}'], ["{}"]],
  ["arrays", { type: "array", items: { type: "integer" } }, ["[]", "[1]", "[1, 2,3]"], ['["a"]', "[1,]"]],
  [
    "array lengths",
    { items: { type: "integer" }, minItems: 2, maxItems: 3 },
    ["[1,2]", "[1,2,3]"],
    ["[]", "[1]", "[1,2,3,4]"],
  ],
  [
    "tuples, in both notations",
    {
      anyOf: [
        { prefixItems: [{ const: 1 }, { const: 2 }], items: false },
        { type: "array", items: [{ const: 3 }], additionalItems: { const: 4 } },
      ],
    },
    ["[1,2]", "[3]", "[3,4,4]"],
    ["[1]", "[1,2,3]", "[4]"],
  ],
  ["string lengths", { type: "string", minLength: 2, maxLength: 3 }, ['"ab"', '"a\\n"', '"a😀c"'], ['"a"', '"abcd"']],
  [
    "long string lengths",
    { type: "string", maxLength: 5230 },
    [`"${"x".repeat(5230)}"`, '""'],
    [`"${"x".repeat(5231)}"`],
  ],
  [
    "an anchored pattern",
    { type: "string", pattern: "^(\\d{3}-)?[a-f]+\\.$" },
    ['"123-abc."', '"f."'],
    ['"123abc."', '"x."', '"f.g"'],
  ],
  ["a pattern anywhere", { type: "string", pattern: "b+" }, ['"abc"', '"b"'], ['"ac"', '""']],
  ["a pattern of alternatives", { type: "string", pattern: "^a|b$" }, ['"ax"', '"xb"', '"a"'], ['"xa"', '"bx"']],
  [
    "a pattern with characters that JSON escapes",
    { type: "string", pattern: '^["\\\\\\n]$' },
    ['"\\""', '"\\\\"', '"\\n"'],
    ['"n"', '"""', '"\n"'],
  ],
  [
    "a pattern with classes",
    { type: "string", pattern: "^\\w\\W\\s[^a-y]$" },
    ['"a- z"', '"_é\\tz"'],
    ['"--- "', '"a- y"'],
  ],
  [
    "formats",
    { type: "string", format: "date-time" },
    ['"2024-02-29T23:59:59Z"', '"2024-12-31T00:00:00.123+02:00"'],
    ['"2024-13-01T00:00:00Z"', '"2024-02-29"', '"2024-02-29T24:00:00Z"'],
  ],
  ["uuids", { format: "uuid" }, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123"']],
  ["a format that is only a hint", { type: "string", format: "email" }, ['"anything"'], []],
  ["one type of several", { oneOf: [{ type: "integer" }, { type: "string" }] }, ["1", '"a"'], ["null"]],
  [
    "alternatives beside other keywords",
    {
      type: "object",
      properties: { kind: { type: "string" }, a: { type: "integer" } },
      required: ["kind"],
      anyOf: [{ properties: { kind: { const: "x" } } }, { properties: { kind: { const: "y" } }, required: ["a"] }],
    },
    ['{"kind":"x"}', '{"kind":"y","a":1}', '{"kind":"x","a":1}'],
    ['{"kind":"y"}', '{"kind":"z"}'],
  ],
  [
    "allOf",
    {
      allOf: [
        { properties: { a: { type: "integer" } }, required: ["a"] },
        { properties: { a: { minimum: 5 }, b: { type: "null" } } },
      ],
    },
    ['{"a":5}', '{"a":7,"b":null}'],
    ['{"a":4}', "{}"],
  ],
  [
    "references, also to itself",
    {
      $defs: {
        node: {
          type: "object",
          properties: { v: { type: "integer" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
          required: ["v", "next"],
        },
      },
      $ref: "#/$defs/node",
    },
    ['{"v":1,"next":null}', '{"v":1,"next":{"v":2,"next":null}}'],
    ['{"v":1}', '{"v":1,"next":1}'],
  ],
  [
    "a reference to the root",
    { properties: { sub: { items: { $ref: "#" } } } },
    ['{"sub":[{"sub":[]}, {}]}'],
    ['{"sub":[1]}'],
  ],
  [
    "a reference beside a description",
    { $defs: { "a/b": { const: 1 } }, properties: { x: { $ref: "#/$defs/a~1b", description: "d" } } },
    ['{"x":1}'],
    ['{"x":2}'],
  ],
];

describe("jsonSchemaToGrammar", () => {
  it.each(cases)("%s", (_, schema, valid, invalid) => {
    for (const text of valid) expect([text, accepts(schema, text)]).toEqual([text, true]);
    for (const text of invalid) expect([text, accepts(schema, text)]).toEqual([text, false]);
  });

  it("keeps integers within any bounds", () => {
    const bound = fc.option(fc.integer({ min: -1200, max: 1200 }), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, fc.boolean(), fc.integer({ min: -20_000, max: 20_000 }), (a, b, exclusive, value) => {
        const [low, high] = a !== undefined && b !== undefined && a > b ? [b, a] : [a, b];
        if (low !== undefined && high !== undefined && high - low < 2) return;
        const names = exclusive ? ["exclusiveMinimum", "exclusiveMaximum"] : ["minimum", "maximum"];
        const schema = {
          type: "integer",
          ...(low === undefined ? {} : { [names[0] ?? ""]: low }),
          ...(high === undefined ? {} : { [names[1] ?? ""]: high }),
        };
        const slack = exclusive ? 1 : 0;
        const near = [value, low, high, (low ?? 0) + 1, (high ?? 0) - 1, (low ?? 0) - 1, (high ?? 0) + 1];
        for (const number of near) {
          if (number === undefined) continue;
          const within = (low === undefined || number >= low + slack) && (high === undefined || number <= high - slack);
          expect([schema, number, accepts(schema, String(number))]).toEqual([schema, number, within]);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("keeps numbers within whole bounds", () => {
    const schema = { type: "number", minimum: -2, exclusiveMaximum: 12 };
    for (const number of ["-2", "-2.0", "-1.99", "-0.5", "0", "0.001", "9", "10", "11.999", "11"])
      expect([number, accepts(schema, number)]).toEqual([number, true]);
    for (const number of ["-2.1", "-3", "12", "12.0", "12.5", "100"])
      expect([number, accepts(schema, number)]).toEqual([number, false]);
    const above = { type: "number", exclusiveMinimum: 0 };
    for (const number of ["0.1", "1", "123456.789"]) expect(accepts(above, number)).toBe(true);
    for (const number of ["0", "0.0", "-1"]) expect(accepts(above, number)).toBe(false);
  });

  it("takes whatever JSON.stringify writes", () => {
    const value = fc
      .jsonValue({ maxDepth: 4 })
      .filter((json) => !/[eE][-+]?\d{3}|\d{17}|\\ud/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(value, (json) => {
        const text = JSON.stringify(json);
        expect([text, accepts(true, text)]).toEqual([text, true]);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("completeText", () => {
  it("closes any beginning of a JSON text so that it parses", () => {
    const grammar = jsonSchemaToGrammar({ type: "object" });
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(value, fc.nat(), (json, cut) => {
        const text = JSON.stringify(json);
        if (/[eE][-+]?\d{3}|\d{17}|\\ud/.test(text)) return;
        const start = [...text].slice(0, cut % (text.length + 1)).join("");
        const ending = completeText(grammar, start);
        expect(ending).toBeDefined();
        JSON.parse(start + ending);
        expect(completeText(grammar, start + ending)).toBe("");
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("closes what a schema asks for, as briefly as it can", () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string", minLength: 3 },
        when: { type: "string", format: "date" },
        color: { enum: ["magenta", "red"] },
        tags: { type: "array", items: { type: "boolean" }, minItems: 2 },
        note: { type: "string" },
      },
      required: ["name", "when", "color", "tags"],
    };
    const grammar = jsonSchemaToGrammar(schema);
    const whole = '{"name": "Ann", "when": "2024-01-31", "color": "red", "tags": [true, false], "note": "x\\u0041"}';
    for (let length = 0; length <= whole.length; length++) {
      const closed = whole.slice(0, length) + completeText(grammar, whole.slice(0, length));
      const parsed = JSON.parse(closed);
      expect(Object.keys(parsed).slice(0, 4)).toEqual(schema.required);
      expect(parsed.name.length).toBeGreaterThanOrEqual(3);
      expect(parsed.tags.length).toBeGreaterThanOrEqual(2);
      expect(schema.properties.color.enum).toContain(parsed.color);
    }
    expect(completeText(grammar, '{"name":"Ann","when":"2024-01-01","color":"m')).toMatch(/^agenta"/);
  });

  it("says so when the text is no beginning of one", () => {
    const grammar = jsonSchemaToGrammar({ type: "object" });
    for (const text of ["[", '{"a":}', "{}}", "x"]) expect(completeText(grammar, text)).toBeUndefined();
  });

  it("follows a hundred thousand characters without slowing down", () => {
    const grammar = jsonSchemaToGrammar({ type: "object" });
    const text = `{"a":[${Array.from({ length: 20_000 }, (_, index) => index).join(",")}`;
    const before = process.cpuUsage();
    expect(completeText(grammar, text)).toBe("]}");
    // Not by the clock: other programs may be busy.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(20_000);
  });
});

describe("schemas that cannot be used", () => {
  const complaint = (schema: unknown): AppError => {
    try {
      jsonSchemaToGrammar(schema as JsonSchema);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    throw new Error(`${JSON.stringify(schema)} was not refused`);
  };

  it.each([
    [false, "nothing is valid"],
    [3, "it is no schema"],
    [{ type: "text" }, 'no type "text"'],
    [{ properties: { a: { uniqueItems: true } } }, 'at /properties/a, "uniqueItems" cannot be enforced'],
    [{ not: {} }, '"not" cannot be enforced'],
    [{ items: { multipleOf: 3 } }, 'at /items, "multipleOf"'],
    [{ $ref: "https://example.com/schema" }, "is not in this schema"],
    [{ $ref: "#/$defs/none" }, 'there is no "#/$defs/none"'],
    [{ $ref: "#/constructor" }, "there is no"],
    [{ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, "begins with itself"],
    [{ enum: [] }, "enum allows nothing"],
    [{ minLength: 3, maxLength: 2 }, "minLength is above maxLength"],
    [{ type: "string", minLength: -1 }, "whole number"],
    [{ type: "integer", minimum: 3, maximum: 2 }, "no integer lies within"],
    [{ type: "number", minimum: 0.5 }, "no whole number"],
    [{ type: "string", pattern: "(?=a)b" }, "look-around"],
    [{ type: "string", pattern: "(a)\\1" }, 'the escape "\\1"'],
    [{ type: "string", pattern: "(" }, "the pattern has"],
    [{ allOf: [{ type: "string" }, { type: "integer" }] }, "no type is left"],
    [{ allOf: [{ const: 1 }, { const: 2 }] }, '"const" cannot be put together'],
    [{ $ref: "#/%zz" }, "no part of a reference"],
  ])("%j: %s", (schema, message) => {
    const error = complaint(schema);
    expect(error).toMatchObject({ code: "bad_request", field: "jsonSchema" });
    expect(error.message).toContain(message);
  });

  it("refuses what is nested too deep or too large, at once", () => {
    let deep: object = {};
    for (let depth = 0; depth < 500; depth++) deep = { items: deep };
    expect(complaint(deep).message).toMatch(/nested/);
    const wide = { properties: Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [`p${index}`, {}])) };
    expect(complaint(wide).message).toMatch(/more than 5000/);
    const bomb: { [name: string]: unknown } = { l0: { type: "string" } };
    for (let level = 1; level < 40; level++)
      bomb[`l${level}`] = {
        allOf: [{ properties: { a: { $ref: `#/$defs/l${level - 1}` }, b: { $ref: `#/$defs/l${level - 1}` } } }],
      };
    expect(() => jsonSchemaToGrammar({ $defs: bomb, $ref: "#/$defs/l39" })).not.toThrow();
  });
  it("[T22] refuses references that double with every step, at once", () => {
    const $defs: { [name: string]: unknown } = { l60: { type: "string" } };
    for (let level = 0; level < 60; level++)
      $defs[`l${level}`] = { allOf: [{ $ref: `#/$defs/l${level + 1}` }, { $ref: `#/$defs/l${level + 1}` }] };
    expect(complaint({ $defs, allOf: [{ $ref: "#/$defs/l0" }, { title: "twice" }] }).message).toMatch(/more than 5000/);
  });

  it("[T22] refuses what no text satisfies, or only an endless one: nothing could close a reply", () => {
    const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } }, required: ["next"] };
    expect(complaint({ $defs: { node }, $ref: "#/$defs/node" }).message).toMatch(/no text/);
    const optional = { ...node, required: [] };
    expect(() => jsonSchemaToGrammar({ $defs: { node: optional }, $ref: "#/$defs/node" })).not.toThrow();
    const $defs: { [name: string]: unknown } = { l50: { const: "x" } };
    for (let level = 0; level < 50; level++) {
      const inner = { $ref: `#/$defs/l${level + 1}` };
      $defs[`l${level}`] = { type: "array", prefixItems: [inner, inner] };
    }
    expect(complaint({ $defs, $ref: "#/$defs/l0" }).message).toMatch(/no text/);
  });

  it("[T22] refuses patterns that read one text in ever more ways", () => {
    for (const pattern of ["^(a?){100}a{100}$", "^(.*a.*){20}$"])
      expect(complaint({ type: "string", pattern }).message).toMatch(/too many ways/);
    for (const pattern of ["^(\\w+ ?)+$", "^((((a+)+)+)+)+$", "^(a|a)+$"])
      expect(() => jsonSchemaToGrammar({ type: "string", pattern })).not.toThrow();
    const values = Array.from({ length: 5000 }, (_, index) => `value ${index}`);
    expect(() => jsonSchemaToGrammar({ enum: values })).not.toThrow();
  });
});
