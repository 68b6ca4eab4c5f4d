import { describe, expect, it } from "vitest";
import { ToolCallParser, type WrittenCall } from "./ToolCallParser.js";
import type { ToolFormat } from "./toolFormat.js";

const tagged: ToolFormat = { style: "tagged", argumentsKey: "arguments" };
const bare: ToolFormat = { style: "bare", argumentsKey: "parameters" };

/** The reply cut into pieces of every length from one character to all at once: the result must not depend on it. */
function parse(format: ToolFormat, reply: string): { content: string; calls: WrittenCall[] } {
  const results = Array.from({ length: reply.length }, (_, index) => index + 1).map((size) => {
    const parser = new ToolCallParser(format, ["weather", "time"]);
    let content = "";
    const calls: WrittenCall[] = [];
    const take = (piece: { content: string; calls: WrittenCall[] }) => {
      content += piece.content;
      calls.push(...piece.calls);
    };
    for (let at = 0; at < reply.length; at += size) take(parser.push(reply.slice(at, at + size)));
    take(parser.flush());
    return { content, calls };
  });
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0] ?? { content: "", calls: [] };
}

const call = (name: string, values: object): WrittenCall => ({ name, arguments: JSON.stringify(values) });

describe("calls between tags", () => {
  it("are taken out of the text around them", () => {
    const reply =
      'Let me look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Lima"}}\n</tool_call>\n<tool_call>{"name":"time","arguments":{}}</tool_call>\n';
    expect(parse(tagged, reply)).toEqual({
      content: "Let me look.",
      calls: [call("weather", { city: "Lima" }), call("time", {})],
    });
  });

  it("are left in the text when they are broken or name nothing that exists", () => {
    for (const reply of [
      "<tool_call>{broken}</tool_call>",
      '<tool_call>{"name":"rm","arguments":{}}</tool_call> done',
      "a < b <tool",
    ])
      expect(parse(tagged, reply)).toEqual({ content: reply, calls: [] });
  });

  it("count without their closing tag when the JSON is whole", () => {
    expect(parse(tagged, '<tool_call>\n{"name":"time","arguments":{}}')).toEqual({
      content: "",
      calls: [call("time", {})],
    });
    expect(parse(tagged, '<tool_call>\n{"name":"time","argu').calls).toEqual([]);
  });

  it("plain text passes through whole, blanks included", () => {
    expect(parse(tagged, "Hello,  world.\n\n Bye. ")).toEqual({ content: "Hello,  world.\n\n Bye. ", calls: [] });
  });
});

describe("calls as bare JSON", () => {
  it("are one, several in a row, or a list; the arguments have either name, or are a text", () => {
    const one = '{"name": "weather", "parameters": {"city": "Lima"}}';
    expect(parse(bare, one).calls).toEqual([call("weather", { city: "Lima" })]);
    expect(parse(bare, `${one}; {"name":"time","parameters":{}}`).calls).toHaveLength(2);
    expect(parse(bare, `${one}\n{"name":"time","parameters":{}}`).calls).toHaveLength(2);
    expect(parse(bare, ` [${one}, {"name":"time","arguments":"{\\"zone\\":1}"}]`).calls).toEqual([
      call("weather", { city: "Lima" }),
      call("time", { zone: 1 }),
    ]);
  });

  it("stay text when they are something else", () => {
    for (const reply of ['{"answer": 1}', "{not json", '["a"]', 'Say {"name":"time"}', '{"name":"rm","parameters":{}}'])
      expect(parse(bare, reply)).toEqual({ content: reply, calls: [] });
  });
});
