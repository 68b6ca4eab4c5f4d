import { describe, expect, it } from "vitest";
import { english } from "./english.js";
import { german } from "./german.js";

/** Each text by its place in the table: `frame.newChat`. */
function textsOf(table: object, place = ""): [place: string, text: unknown][] {
  return Object.entries(table).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? textsOf(value, `${place}${key}.`)
      : [[`${place}${key}`, value] as [string, unknown]],
  );
}

/** What is the same in both languages. */
const shared = new Set([
  "appName",
  "shortcuts.keys.apple",
  "shortcuts.keys.alt",
  "shortcuts.keys.escape",
  "models.demoBadge",
  "models.kind.chat",
  "inside.levels.fair",
  "inside.levels.unsure",
  "install.sourcePlaceholder",
  "screens.server",
  "server.title",
  "server.nothing",
  "server.rest",
  "loading.threads.0",
  "settings.rows.topK.0",
  "settings.rows.topP.0",
  "settings.rows.minP.0",
]);

describe("the German table", () => {
  it("has the same places as the English one, each with the same kind of text", () => {
    const kinds = (table: object) => Object.fromEntries(textsOf(table).map(([place, text]) => [place, typeof text]));
    expect(kinds(german)).toEqual(kinds(english));
  });

  it("leaves nothing in English", () => {
    const texts = new Map(textsOf(english));
    const same = textsOf(german).filter(([place, text]) => typeof text === "string" && text === texts.get(place));
    expect(same.map(([place]) => place).filter((place) => !shared.has(place))).toEqual([]);
  });

  it("counts one and many, and writes numbers as Germans do", () => {
    expect(german.gauge.tokens(1)).toBe("1 Token");
    expect(german.gauge.tokens(1204)).toBe("1.204 Tokens");
    expect(german.stats.speed(18.36)).toBe("18,4 Tok./s");
    expect(german.inside.probability(0.0004)).toBe("< 0,1 %");
    expect(english.inside.probability(0.0004)).toBe("< 0.1 %");
    expect(german.importDialog.importAll(1)).toBe("1 Chat importieren");
  });
});
