import { describe, expect, it } from "vitest";
import { createDrafts } from "./drafts.js";

describe("drafts", () => {
  it("keeps one per chat and one for the new chat, over a reload", () => {
    const storage = window.localStorage;
    storage.clear();
    const drafts = createDrafts(storage);
    drafts.write("c1", "one");
    drafts.write(undefined, "new");
    const reloaded = createDrafts(storage);
    expect([reloaded.read("c1"), reloaded.read(undefined), reloaded.read("c2")]).toEqual(["one", "new", ""]);
    reloaded.write("c1", "");
    expect(storage.getItem("cria.draft.c1")).toBeNull();
  });

  it("works on in memory when storage refuses", () => {
    const refuse = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const drafts = createDrafts({ getItem: refuse, setItem: refuse, removeItem: refuse });
    drafts.write("c1", "one");
    expect([drafts.read("c1"), drafts.read("c2")]).toEqual(["one", ""]);
  });
});
