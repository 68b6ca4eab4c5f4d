import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillTemplate, freeName, isTemplateName, templateFields, templateParts } from "./templateText.js";

it("finds each field once, in the order of the text", () => {
  expect(templateFields("{{b}} and {{ a }}, {{b}} {{B_2-x}}")).toEqual(["b", "a", "B_2-x"]);
  expect(templateParts("To {{language}}:\n{{text}}")).toEqual([
    { text: "To " },
    { field: "language" },
    { text: ":\n" },
    { field: "text" },
  ]);
});

it("fills every place of a field, and nothing that was filled in", () => {
  expect(fillTemplate("{{a}}-{{b}}-{{a}}", { a: "{{b}}", b: "$&" })).toBe("{{b}}-$&-{{b}}");
  expect(fillTemplate("{{a}}!", {})).toBe("!");
});

it("finds a free name", () => {
  expect(freeName("translate copy", ["translate copy", "translate copy 2"])).toBe("translate copy 3");
});

describe("what only looks like a field", () => {
  it.each(["{{}}", "{prompt}", "{{2nd}}", "{{a b}}", "{{a}", "{{ä}}"])("%s stays text", (text) => {
    expect(templateParts(text)).toEqual([{ text }]);
  });

  it("loses no character of any text", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("{{", "}}", "a", " ", "{", "x-1"), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const back = templateParts(text).map((part) => ("field" in part ? `{{${part.field}}}` : part.text));
        return back.join("").replace(/\s/g, "") === text.replace(/\s/g, "");
      }),
    );
  });

  it.each(["", "../x", "a".repeat(61), "näme", "a/b"])("%j is no name", (name) => {
    expect(isTemplateName(name)).toBe(false);
  });
});
