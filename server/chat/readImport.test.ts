import { describe, expect, it } from "vitest";
import { readImport } from "./readImport.js";

const chatGpt = {
  title: "Trees",
  create_time: 1_700_000_000.5,
  update_time: 1_700_000_100,
  current_node: "e",
  mapping: {
    root: { id: "root", parent: null, message: null },
    s: {
      id: "s",
      parent: "root",
      message: { author: { role: "system" }, content: { content_type: "text", parts: [""] } },
    },
    a: {
      id: "a",
      parent: "s",
      message: {
        author: { role: "user" },
        create_time: 1_700_000_001,
        content: { content_type: "text", parts: ["Name a tree."] },
      },
    },
    t: {
      id: "t",
      parent: "a",
      message: { author: { role: "tool" }, content: { content_type: "text", parts: ["hidden"] } },
    },
    b: {
      id: "b",
      parent: "t",
      message: { author: { role: "assistant" }, content: { content_type: "text", parts: ["Oak.", { image: 1 }] } },
    },
    c: {
      id: "c",
      parent: "a",
      message: { author: { role: "assistant" }, content: { content_type: "text", parts: ["Elm."] } },
    },
    e: {
      id: "e",
      parent: "b",
      message: { author: { role: "assistant" }, content: { content_type: "text", parts: [] } },
    },
  },
};

const llama = {
  conv: { id: "conv-1", name: "Rivers", lastModified: 5000, currNode: 3 },
  messages: [
    { id: 1, convId: "conv-1", type: "root", role: "system", content: "", parent: -1, timestamp: 1 },
    { id: 2, convId: "conv-1", type: "text", role: "user", content: "Name a river.", parent: 1, timestamp: 2 },
    { id: 3, convId: "conv-1", type: "text", role: "assistant", content: "Rhine.", parent: 2, timestamp: 3 },
  ],
};

describe("readImport", () => {
  it("reads ChatGPT's export: hidden nodes are skipped, branches kept", () => {
    const [conversation] = readImport([chatGpt]);
    expect(conversation).toMatchObject({ title: "Trees", createdAtMs: 1_700_000_000_500, headMessageId: "b" });
    expect(conversation?.messages.map(({ id, parentId, role, text }) => [id, parentId, role, text])).toEqual([
      ["a", undefined, "user", "Name a tree."],
      ["b", "a", "assistant", "Oak."],
      ["c", "a", "assistant", "Elm."],
    ]);
  });

  it("reads llama.cpp's export, one or a list", () => {
    for (const file of [llama, [llama]])
      expect([...readImport(file)]).toEqual([
        {
          title: "Rivers",
          createdAtMs: 2,
          updatedAtMs: 5000,
          headMessageId: "3",
          messages: [
            { id: "2", parentId: undefined, role: "user", text: "Name a river.", createdAtMs: 2, modelId: undefined },
            { id: "3", parentId: "2", role: "assistant", text: "Rhine.", createdAtMs: 3, modelId: undefined },
          ],
        },
      ]);
  });

  it("ends where parents go round in a circle", () => {
    const mapping = {
      a: { id: "a", parent: "b", message: null },
      b: { id: "b", parent: "a", message: null },
      c: { id: "c", parent: "a", message: { author: { role: "user" }, content: { parts: ["x"] } } },
    };
    expect([...readImport({ title: "x", mapping })][0]?.messages[0]?.parentId).toBeUndefined();
  });

  it("[T10] goes through each hidden node once, however many messages hang on the last one", () => {
    const count = 50_000;
    const hidden = Array.from({ length: count }, (_, at) => [
      `h${at}`,
      { id: `h${at}`, parent: at === 0 ? "first" : `h${at - 1}` },
    ]);
    const shown = Array.from({ length: count }, (_, at) => [
      `s${at}`,
      { id: `s${at}`, parent: `h${count - 1}`, message: { author: { role: "user" }, content: { parts: ["x"] } } },
    ]);
    const first = { id: "first", message: { author: { role: "user" }, content: { parts: ["y"] } } };
    const mapping = Object.fromEntries([["first", first], ...hidden, ...shown]);
    // Gone through for each anew, these would take an hour.
    const messages = [...readImport({ mapping })][0]?.messages ?? [];
    expect(messages.length).toBe(count + 1);
    expect(messages.slice(1).every(({ parentId }) => parentId === "first")).toBe(true);
  });

  it("leaves out conversations without a text", () => {
    expect([...readImport({ title: "x", mapping: {} })]).toEqual([]);
  });

  it.each([[null], ["text"], [{}], [{ conv: {} }], [[{ mapping: 5 }]]])("refuses %j", (file) => {
    expect(() => [...readImport(file)]).toThrowError(expect.objectContaining({ code: "bad_request" }));
  });
});
