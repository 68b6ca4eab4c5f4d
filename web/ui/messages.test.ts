import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";
import { afterEach, describe, expect, it } from "vitest";
import { chooseLanguage, onLanguageChosen, readLanguage, speakChosen } from "./languageChoice.js";
import { messages, pickLanguage, speak } from "./messages.js";

afterEach(async () => {
  localStorage.clear();
  await speak("en");
});

describe("the page's language", () => {
  it.each([
    [["de-AT", "en"], "de"],
    [["fr", "DE"], "de"],
    [["en-GB", "de"], "en"],
    [["fr", "constructor"], "en"],
    [[], "en"],
  ])("of a browser that wants %o is %s", (wanted, language) => {
    expect(pickLanguage(wanted)).toBe(language);
  });

  it("is chosen, remembered, told to those who draw, and left to the browser again", async () => {
    const drawn: string[] = [];
    const stop = onLanguageChosen(() => drawn.push(messages.locale));
    await chooseLanguage("de");
    expect([messages.locale, document.documentElement.lang, readLanguage()]).toEqual(["de", "de", "de"]);
    await speak("en");
    await speakChosen();
    expect(messages.locale).toBe("de");
    await chooseLanguage(undefined);
    expect([messages.locale, document.documentElement.lang, readLanguage()]).toEqual(["en", "en", undefined]);
    expect(drawn).toEqual(["de", "en"]);
    stop();
  });

  it("is not what somebody else wrote into the storage", () => {
    localStorage.setItem("cria.language", "toString");
    expect(readLanguage()).toBeUndefined();
  });
});

const webPath = join(import.meta.dirname, "..");
/** Texts that a reader sees or hears. */
const textAttributes = new Set([
  "aria-label",
  "aria-description",
  "aria-roledescription",
  "alt",
  "label",
  "placeholder",
  "title",
]);

/** The page's modules: not its tests, and not the description of the interfaces, which is for programmers. */
const modules = readdirSync(webPath, { recursive: true, encoding: "utf8" }).filter(
  (path) => /\.tsx?$/.test(path) && !/\.test\.|^(e2e|docs|public)[\\/]/.test(path),
);

const parse = (path: string) => parseSync(path, readFileSync(join(webPath, path), "utf8")).program;

/** The texts that an expression can give, as far as they are written in it. */
function textsIn(expression: ESTree.Node | null | undefined): string[] {
  switch (expression?.type) {
    case "JSXExpressionContainer":
      return textsIn(expression.expression);
    case "Literal":
      return typeof expression.value === "string" ? [expression.value] : [];
    case "JSXText":
      return [expression.value];
    case "TemplateLiteral":
      return expression.quasis.map(({ value }) => value.raw);
    case "ConditionalExpression":
      return [...textsIn(expression.consequent), ...textsIn(expression.alternate)];
    case "LogicalExpression":
      return [...textsIn(expression.left), ...textsIn(expression.right)];
    default:
      return [];
  }
}

/** The texts in the code of a component that are not from the table. */
function literalTexts(path: string): string[] {
  const texts: string[] = [];
  const takeChildren = ({ children }: ESTree.JSXElement | ESTree.JSXFragment) => {
    texts.push(...children.flatMap(textsIn));
  };
  const takeAttribute = ({ name, value }: ESTree.JSXAttribute) => {
    if (name.type === "JSXIdentifier" && textAttributes.has(name.name)) texts.push(...textsIn(value));
  };
  new Visitor({
    JSXElement: takeChildren,
    JSXFragment: takeChildren,
    JSXAttribute: takeAttribute,
  }).visit(parse(path));
  return texts.filter((text) => /\p{L}{2}/u.test(text)).map((text) => `${path}: ${text}`);
}

/** Where a module reads the table when it is loaded, that is, before the language is known. */
function earlyReads(path: string): string[] {
  let depth = 0;
  const reads: string[] = [];
  const notice = ({ object }: ESTree.MemberExpression) => {
    if (depth === 0 && object.type === "Identifier" && object.name === "messages") reads.push(path);
  };
  const enter = () => {
    depth++;
  };
  const leave = () => {
    depth--;
  };
  new Visitor({
    FunctionDeclaration: enter,
    "FunctionDeclaration:exit": leave,
    FunctionExpression: enter,
    "FunctionExpression:exit": leave,
    ArrowFunctionExpression: enter,
    "ArrowFunctionExpression:exit": leave,
    MemberExpression: notice,
  }).visit(parse(path));
  return reads;
}

describe("the page's texts", () => {
  it("are in the table alone: no component has one of its own", () => {
    const components = modules.filter((path) => path.endsWith(".tsx"));
    expect(components.length).toBeGreaterThan(50);
    expect(components.flatMap(literalTexts)).toEqual([]);
  });

  it("are read where they are drawn, not when a module is loaded", () => {
    expect(modules.flatMap(earlyReads)).toEqual([]);
  });
});
