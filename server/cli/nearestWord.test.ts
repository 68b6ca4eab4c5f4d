import { describe, expect, it } from "vitest";
import { nearestWord } from "./nearestWord.js";

const commands = [
  "serve",
  "chat",
  "run",
  "service",
  "update",
  "token",
  "doctor",
  "tune",
  "install",
  "list",
  "ls",
  "show",
  "verify",
  "remove",
  "rm",
];

describe("the word that was probably meant", () => {
  it.each([
    ["sevre", "serve"],
    ["rnu", "run"],
    ["sl", "ls"],
    ["tnue", "tune"],
    ["isntall", "install"],
    ["lsit", "list"],
  ])("knows letters that changed places: %s is %s", (typed, meant) => {
    expect(nearestWord(typed, commands)).toBe(meant);
  });

  it.each([
    ["inst", "install"],
    ["doc", "doctor"],
    ["ser", "serve"],
    ["serv", "serve"],
    ["servi", "service"],
    ["veri", "verify"],
  ])("knows a beginning, the shortest word first: %s is %s", (typed, meant) => {
    expect(nearestWord(typed, commands)).toBe(meant);
  });

  it.each([
    ["instal", "install"],
    ["removee", "remove"],
    ["CHAT", "chat"],
    ["lst", "list"],
    ["shwo", "show"],
    ["tokens", "token"],
    ["upgate", "update"],
  ])("knows letters that are wrong, missing or too many: %s is %s", (typed, meant) => {
    expect(nearestWord(typed, commands)).toBe(meant);
  });

  it.each(["frobnicate", "x", "", "be", "qwerty"])("says nothing where nothing is near: %j", (typed) => {
    expect(nearestWord(typed, commands)).toBeUndefined();
  });
});
