import { describe, expect, it } from "vitest";
import { checkJsonShape, verifyJsonShape } from "./checkJsonShape.js";

const check = (text: string) => checkJsonShape(Buffer.from(text), 5000);

describe("checkJsonShape", () => {
  it("[T10] refuses what is nested deeper than anything that is read", () => {
    expect(() => check(`${"[".repeat(128)}${"]".repeat(128)}`)).not.toThrow();
    for (const text of [`${"[".repeat(129)}`, '{"a":'.repeat(129), `[{},${"[{}, ".repeat(127)}[`])
      expect(() => check(text)).toThrowError(expect.objectContaining({ code: "bad_request" }));
  });

  it("[T10] refuses more values than fit into the memory, however short they are", () => {
    for (const part of ["{},", "[],", "0,"])
      expect(() => check(`[${part.repeat(5001)}0]`)).toThrowError(/more than 5000 values/);
  });

  it("does not take what is in a text for more than a text", () => {
    const text = `${"[{,".repeat(6_000_000)}`;
    expect(() => check(JSON.stringify({ text, quoted: '\\"[[[', last: "\\" }))).not.toThrow();
    expect(() => check(JSON.stringify([..."ab"].map(() => ({ a: ['"', "\\", "é[😀"] }))))).not.toThrow();
  });

  it("leaves broken JSON to the parser, and takes UTF-8 only", () => {
    for (const text of ["", "]]]]", '"', '"\\', "{"]) expect(() => check(text)).not.toThrow();
    const verify = verifyJsonShape(5000);
    expect(() => verify(undefined, undefined, Buffer.from("{}"), "UTF-8")).not.toThrow();
    expect(() => verify(undefined, undefined, Buffer.from("{}"), "utf-16le")).toThrowError(
      expect.objectContaining({ code: "unsupported_media_type" }),
    );
  });
});
