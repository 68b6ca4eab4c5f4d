import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../../server/protocol/errorCodes.js";
import { germanInstall } from "./germanInstall.js";
import { germanSentences, saidInGerman, sentenceInGerman } from "./germanServerErrors.js";

/** What programs alone ask for, or a terminal alone shows. */
const noPage = /[\\/](ollama|openai|dalai)[\\/]|^(cli|client|test|bench)[\\/]|\.test\./;
/** What a server does not start with, and what cannot happen: its own words are for those who mend it. */
const noPageCodes = ["config_invalid", "internal"];
/** Sentences made of what a parser, a system or another server says, and those of `cria token`. */
const othersWords = new Set([
  "The body {}.",
  '"{}" {}.',
  '"{}" could not be read{}.',
  "{} has no {}.",
  "The hub answered with status {}{}",
  'A token cannot be called "{}".',
  'There is a token called "{}" already.',
]);

/** What only the one who starts the server meets, in the terminal. */
const noPageHints =
  /^(startServer|access[\\/](tokenFile|Principal)|cluster[\\/]openRedis|platform[\\/](config|paths)|storage[\\/](HomeLock|openDatabase)|storage[\\/]postgres[\\/](Postgres|postgresMigrations)|install[\\/]hub[\\/]hubSettings)\.ts$/;

/** What stands in a template of the code, and a text of any of its kinds. */
const inner = String.raw`\$\{(?:[^{}\x60]|\{[^{}]*\}|\x60[^\x60]*\x60)*\}`;
const text = String.raw`"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|\x60((?:[^\x60\\$]|\\.|${inner})*)\x60`;

/** The hints that the server's code writes down, also where it has the choice between two. */
function hintsInCode(): string[] {
  const hint = new RegExp(
    String.raw`\bhint(?::|\s*=)\s*(?:[^"'\x60,;{}]*\?\s*)?(?:${text})(?:\s*:\s*(?:${text}))?`,
    "g",
  );
  return readdirSync(serverPath, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !noPage.test(path) && !noPageHints.test(path))
    .flatMap((path) => [...readFileSync(join(serverPath, path), "utf8").matchAll(hint)])
    .flatMap(([, ...texts]) => texts.filter((found) => found !== undefined))
    .map((found) => found.replaceAll(new RegExp(inner, "g"), "{}"));
}

/** The messages that the server's code writes down with its errors; `{}`: what they name. */
function messagesInCode(): { code: string; message: string }[] {
  const thrown = new RegExp(String.raw`new AppError\(\s*"(\w+)",\s*(?:${text})`, "g");
  return readdirSync(serverPath, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !noPage.test(path))
    .flatMap((path) => [...readFileSync(join(serverPath, path), "utf8").matchAll(thrown)])
    .map(([, code = "", ...texts]) => ({
      code,
      message: (texts.find((found) => found !== undefined) ?? "").replaceAll(new RegExp(inner, "g"), "{}"),
    }));
}

const serverPath = join(import.meta.dirname, "..", "..", "server");

describe("what the server says, in German", () => {
  it("is told by its code, with the server's numbers", () => {
    const message = "llama.7B needs 3.5 GB of memory and 1.2 GB are free.";
    expect(saidInGerman({ code: "memory_short", message, hint: "Close other programs." })).toEqual({
      message: "llama.7B braucht 3,5 GB Speicher, und 1,2 GB sind frei.",
      hint: expect.stringContaining("Schließen Sie andere Programme"),
    });
    expect(saidInGerman({ code: "conversation_not_found", message: "There is no such conversation." }).message).toBe(
      "Diesen Chat gibt es nicht, oder er wurde gelöscht.",
    );
  });

  it("keeps the server's own words where they name what is wrong", () => {
    expect(saidInGerman({ code: "bad_request", message: '"text" is missing.' }).message).toBe(
      'Die Anfrage passt nicht. Der Server sagt: „"text" is missing.“',
    );
  });

  it("names what the server names, in message and hint, and has words of its own where a sentence is new", () => {
    const code = "hub_not_found";
    const hint = "See https://hub.example/a/b/tree/main for what there is.";
    expect(saidInGerman({ code, message: 'a/b has no file "x (1).gguf".', hint })).toEqual({
      message: "a/b hat keine Datei „x (1).gguf“.",
      hint: "Was es gibt, steht auf https://hub.example/a/b/tree/main.",
    });
    expect(
      saidInGerman({ code: "context_full", message: "This takes 12345 tokens and the model's context holds 512." })
        .message,
    ).toBe("Das braucht 12.345 Tokens, und der Kontext des Modells fasst 512.");
    expect(saidInGerman({ code: "disk_full", message: "Said in another way.", hint: "Do something." })).toEqual({
      message: "Auf der Platte ist nicht genug Platz.",
      hint: "Schaffen Sie Platz, oder wählen Sie ein kleineres Modell.",
    });
  });

  it("has words for every code that the server can answer with", () => {
    for (const code of Object.keys(errorCodes)) {
      const { message } = saidInGerman({ code, message: "" });
      expect([code, message.length > 10]).toEqual([code, true]);
    }
  });

  it("says no sentence in English that the server's code writes down for the page", () => {
    const messages = messagesInCode().filter(({ code }) => !noPageCodes.includes(code));
    expect(messages.length).toBeGreaterThan(200);
    const english = messages.filter(
      ({ code, message }) =>
        !othersWords.has(message) &&
        /Der Server sagt/.test(saidInGerman({ code, message: message.replaceAll("{}", "12") }).message),
    );
    expect(english).toEqual([]);
    // What is excepted is there to be excepted.
    const written = new Set(messages.map(({ message }) => message));
    expect([...othersWords].filter((message) => !written.has(message))).toEqual([]);
  });

  it("says no hint in English that the server's code writes down for the page", () => {
    const hints = hintsInCode();
    expect(hints.length).toBeGreaterThan(200);
    expect(hints.filter((hint) => sentenceInGerman(hint.replaceAll("{}", "12")) === undefined)).toEqual([]);
  });

  it("says what it names in German too, where that is a sentence of the server", () => {
    const cutOff =
      '"a.gguf" is not a valid GGUF file: the tensor "b" ends at byte 5972384, but the file has only 5000000 bytes.';
    expect(saidInGerman({ code: "gguf_invalid", message: cutOff }).message).toBe(
      "„a.gguf“ ist keine gültige GGUF-Datei (der Tensor „b“ endet bei Byte 5.972.384, die Datei hat nur 5.000.000 Bytes).",
    );
    const refused = "The engine gpu does not take the request.";
    expect(saidInGerman({ code: "bad_request", message: refused }).message).toBe(
      "Der Server „gpu“ nimmt die Anfrage nicht an.",
    );
    expect(saidInGerman({ code: "bad_request", message: `${refused} It says: No <b>way</b>` }).message).toBe(
      "Der Server „gpu“ nimmt die Anfrage nicht an. Er sagt: „No <b>way</b>“",
    );
    const hint = "Make room, or choose a folder on another disk with --home. What fits: llama.7B (5.5 GB).";
    expect(saidInGerman({ code: "disk_full", message: "", hint }).hint).toBe(
      "Schaffen Sie Platz, oder wählen Sie mit --home einen Ordner auf einer anderen Platte. Es passen: llama.7B (5,5 GB).",
    );
  });

  it("knows only sentences that the server says, each once, and names the same things", () => {
    const paths = readdirSync(serverPath, { recursive: true, encoding: "utf8" });
    const code = paths
      .filter((path) => path.endsWith(".ts") && !/\.test\.|^(test|bench)[\\/]/.test(path))
      .map((path) => readFileSync(join(serverPath, path), "utf8"))
      .join("\n");
    const all = germanSentences;
    for (const [english, german] of all) {
      const missing = english.split("{}").filter((part) => !code.includes(part));
      expect([english, missing]).toEqual([english, []]);
      const named = new Set([...german.matchAll(/\{(\d)\}/g)].map(([, place]) => Number(place)));
      expect(Math.max(0, ...named)).toBeLessThan(english.split("{}").length);
    }
    const sentences = all.map(([english]) => english);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("tells why a model has no draft as the server's own sentence, or as the engine's", () => {
    const { draftFailure } = germanInstall;
    expect(draftFailure("It takes 0.52 GB and 0.10 GB are free beside the model.")).toBe(
      "Ohne das kleine Modell, das ihm vorausschreibt. Es braucht 0,52 GB, und neben dem Modell sind 0,10 GB frei.",
    );
    expect(draftFailure("llama.1B, which was chosen to write its guesses, is not installed.")).toContain(
      "llama.1B, das ihm vorausschreiben soll, ist nicht installiert.",
    );
    expect(draftFailure("unable to allocate buffer")).toContain("Die Engine sagt: „unable to allocate buffer“");
  });

  it("leaves what the page says itself, and what it does not know", () => {
    expect(saidInGerman({ code: "refused_here", message: "Zu groß." })).toEqual({
      message: "Zu groß.",
      hint: undefined,
    });
    expect(saidInGerman({ message: "Zu groß." }).message).toBe("Zu groß.");
    expect(saidInGerman({ code: "of_tomorrow", message: "New." }).message).toBe("New.");
  });
});
