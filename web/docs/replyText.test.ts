import { expect, it } from "vitest";
import { replyText } from "./replyText.js";

it("reads OpenAI's events, Ollama's lines and whole answers", () => {
  const chunk = (content: string, index = 0) =>
    `data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}\n\n`;
  expect(replyText(`${chunk("Hel")}: keep-alive\n\n${chunk("no", 1)}${chunk("lo")}data: [DONE]\n\n`)).toBe("Hello");
  expect(replyText(`${chunk("Hel")}data: {"choices":[{"ind`)).toBe("Hel");
  expect(replyText('data: {"choices":[{"text":"a"}]}\n\ndata: {"choices":[{"text":"b"}]}\n\n')).toBe("ab");
  expect(replyText('{"message":{"content":"a"}}\n{"message":{"content":"b"}}\n')).toBe("ab");
  expect(replyText('{"response":"a"}\n{"response":"b"}\n')).toBe("ab");
  expect(replyText('{"choices":[{"message":{"content":"whole"}}]}')).toBe("whole");
  expect(replyText('{"object":"list","data":[]}')).toBe("");
  expect(replyText("")).toBe("");
});
