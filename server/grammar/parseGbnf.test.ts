import { describe, expect, it } from "vitest";
import { AppError } from "../platform/AppError.js";
import { checkGrammar } from "./checkGrammar.js";
import { completeText } from "./completeText.js";
import { jsonSchemaToGrammar } from "./jsonSchemaToGrammar.js";
import { parseGbnf } from "./parseGbnf.js";
import { printGbnf } from "./printGbnf.js";

const arithmetic = `# sums
root  ::= (expr "=" ws term "\\n")+
expr  ::= term ([-+*/] term)*   # a comment
term  ::= ident | num |
          "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws
num   ::= [0-9]{1,3} ws
ws    ::= [ \\t\\n]*`;

const accepts = (source: string, text: string) => completeText(parseGbnf(source), text) === "";

function complaint(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("parseGbnf", () => {
  it("reads rules, comments, sets, groups, counts and alternatives over several lines", () => {
    expect(accepts(arithmetic, "a1+12=7\n")).toBe(true);
    expect(accepts(arithmetic, "(a+(b*3))=c\n")).toBe(true);
    expect(accepts(arithmetic, "a+1234=7\n")).toBe(false);
    expect(accepts(arithmetic, "a+=7\n")).toBe(false);
  });

  it("reads every escape, in texts and in sets", () => {
    const source = String.raw`root ::= "\x41\u00e9\U0001F600\t\r\n\\\"\[\]\-" [\x61-\x63\]\\] [^\n\-] . ""`;
    expect(accepts(source, 'Aé😀\t\r\n\\"[]-bx😀')).toBe(true);
    expect(accepts(source, 'Aé😀\t\r\n\\"[]-]x😀')).toBe(true);
    expect(accepts(source, 'Aé😀\t\r\n\\"[]-b-😀')).toBe(false);
  });

  it("reads counts as the engine does", () => {
    for (const [count, least, most] of [
      ["*", 0, 9],
      ["+", 1, 9],
      ["?", 0, 1],
      ["{3}", 3, 3],
      ["{2,}", 2, 9],
      ["{ 2 , 4 }", 2, 4],
      ["{0}", 0, 0],
    ] as const)
      for (let length = 0; length < 7; length++)
        expect(accepts(`root ::= "<" [a]${count} ">"`, `<${"a".repeat(length)}>`)).toBe(
          length >= least && length <= most,
        );
  });

  it("is undone by printGbnf: what is printed says the same", () => {
    for (const source of [arithmetic, 'root ::= (("a" | "b") "c")* ("d" "e"){2,3}']) {
      const grammar = parseGbnf(source);
      expect(parseGbnf(printGbnf(grammar))).toEqual(grammar);
    }
    const grammar = jsonSchemaToGrammar({ properties: { 'a"\\\n': { type: "string", pattern: "[\\]^-]\\\\" } } });
    expect(printGbnf(parseGbnf(printGbnf(grammar)))).toBe(printGbnf(grammar));
  });
});

describe("malformed grammars", () => {
  it.each([
    ["", 'no rule "root"'],
    ['start ::= "a"', 'no rule "root"'],
    ["root", "line 1, column 5"],
    ['root ::= "a', "does not end"],
    ["root ::= [a", "does not end"],
    ['root ::= ("a"', 'expected ")"'],
    ['root ::= "a")', "line 1, column 13"],
    ['root ::= "a"\nnext = "b"', "line 2, column 6"],
    ["root ::= *", "nothing before it to repeat"],
    ['root ::= "a"{3', "{n}"],
    ['root ::= "a"{3,2}', "higher count comes first"],
    ['root ::= "a"{5000}', "at most 2000"],
    ['root ::= "\\q"', "no escape"],
    ['root ::= "\\x4"', "2 hexadecimal digits"],
    ['root ::= "\\U00110000"', "8 hexadecimal digits"],
    ["root ::= <think>", "cannot be named"],
    ["root ::= [b-a]", "ends before it begins"],
    ["root ::= []", "set is empty"],
    [`root ::= ${"(".repeat(300)}`, "brackets are open"],
  ])("%j: %s", (source, message) => {
    const error = complaint(() => parseGbnf(source));
    expect(error).toMatchObject({ code: "bad_request", field: "grammar" });
    expect(error.message).toContain(message);
  });

  it.each([
    ["root ::= other", 'a rule "other" that is not there'],
    ['root ::= root "a" | "b"', '"root" begins with itself'],
    ['root ::= a "x"\na ::= b?  c\nb ::= "b"\nc ::= a', "begins with itself"],
    ['root ::= ("a"*)*', "repeats without end what may be empty"],
    ['root ::= a+\na ::= "" | "x"', "repeats without end what may be empty"],
    ['root ::= ((("abcdefghij"{1000}){1000}){1000})', "repeats too much"],
  ])("%j: %s", (source, message) => {
    const error = complaint(() => checkGrammar(parseGbnf(source), "grammar"));
    expect(error).toMatchObject({ code: "bad_request", field: "grammar" });
    expect(error.message).toContain(message);
  });

  it("a chain of ten thousand rules is followed without a stack overflow", () => {
    const rules = Array.from({ length: 10_000 }, (_, index) => `r${index} ::= r${index + 1} "a"`);
    const source = `root ::= r0\n${rules.join("\n")}\nr10000 ::= "c"`;
    expect(() => checkGrammar(parseGbnf(source), "grammar")).not.toThrow();
    expect(complaint(() => checkGrammar(parseGbnf(`${source} | r5 "x"`), "grammar")).message).toContain("itself");
  });
  const doubled = Array.from({ length: 25 }, (_, index) => `r${index} ::= r${index + 1} r${index + 1} | r${index + 1}`);
  it.each([
    ["with every letter", 'root ::= "a" root "b" | "a" root "c" | "d"'],
    ["behind a beginning that says nothing", 'root ::= "x"{100} s\ns ::= "a" s "b" | "a" s "c"'],
    ["before the first letter", ["root ::= r0 r0", ...doubled, 'r25 ::= "x" | ""'].join("\n")],
    ["in what may be left out a thousand times", 'root ::= ("a"?){1,1000}'],
    [
      "where they meet again",
      [
        "root ::= r0",
        ...Array.from({ length: 40 }, (_, at) => `r${at} ::= r${at + 1} | r${at + 1}`),
        'r40 ::= "y"',
      ].join("\n"),
    ],
    [
      "with all that each is in the middle of",
      [
        "root ::= r0",
        ...Array.from({ length: 3000 }, (_, at) => `r${at} ::= r${at + 1} "a" | "b"`),
        'r3000 ::= "y"',
      ].join("\n"),
    ],
  ])("[T22] ways that multiply %s are refused", (_, source) => {
    const error = complaint(() => checkGrammar(parseGbnf(source), "grammar"));
    expect(error).toMatchObject({ code: "bad_request", field: "grammar" });
    expect(error.message).toContain("too many ways");
  });

  it("what only looks ambiguous is let through", () => {
    for (const source of ['root ::= x root | y root | "."\nx ::= "a"\ny ::= "a"', 'root ::= ("a"+ "b"?)+'])
      expect(() => checkGrammar(parseGbnf(source), "grammar")).not.toThrow();
  });
});
