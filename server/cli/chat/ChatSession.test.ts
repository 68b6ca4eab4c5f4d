import { expect, it } from "vitest";
import { ChatSession } from "./ChatSession.js";

const session = () => new ChatSession({ modelId: "alpaca.7B", system: "Be brief.", sampling: { temperature: 0 } });

it("gives the model the instructions, what was said, and the new message", () => {
  const chat = session();
  chat.add("Hi", "Hello.");
  expect(chat.messagesFor("And you?")).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello." },
    { role: "user", content: "And you?" },
  ]);
});

it("forgets a round that brought nothing, and takes the last one back to answer it again", () => {
  const chat = session();
  chat.add("lost", " \n");
  expect(chat.takeBack()).toBeUndefined();
  chat.add("one", "1");
  chat.add("two", "2");
  expect(chat.takeBack()).toBe("two");
  expect(chat.turns).toHaveLength(2);
  chat.clear();
  expect(chat.turns).toEqual([]);
});

it("is written as Markdown and as JSON", () => {
  const chat = session();
  chat.add("Hi", "Hello.\n");
  expect(chat.export("markdown")).toBe("# Chat with alpaca.7B\n\n> Be brief.\n\n## You\n\nHi\n\n## Reply\n\nHello.\n");
  expect(JSON.parse(chat.export("json"))).toEqual({
    modelId: "alpaca.7B",
    system: "Be brief.",
    sampling: { temperature: 0 },
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello.\n" },
    ],
  });
});
