import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../../server/protocol/conversation.js";
import type { GenerationEvent } from "../../server/protocol/generation.js";
import { testMessage } from "../state/testMessage.js";
import { Transcript } from "./Transcript.js";
import { renderInApp } from "./testApp.js";

afterEach(cleanup);
const question = testMessage("m1", undefined, { text: "Who are you?" });
const answer = (rest: Partial<Message>) =>
  testMessage("m2", "m1", { role: "assistant", text: "", modelId: "alpaca.demo", ...rest });
const stats = {
  promptTokens: 60,
  cachedTokens: 20,
  generatedTokens: 312,
  contextTokens: 512,
  promptEvalMs: 400,
  generationMs: 17_000,
  ttftMs: 600,
  tokensPerSecond: 18.36,
  seed: 1_234_567,
};

/** Shows a reply that is being made and lets the server say what comes. */
function startReply() {
  const shown = renderInApp(<Transcript />, [question, answer({ status: "generating", generationId: "g1" })]);
  act(() =>
    shown.app.store.setState((state) => ({ ...state, chat: { ...state.chat, messages: { ...state.chat.messages } } })),
  );
  const say = (...events: GenerationEvent[]) =>
    act(() => shown.connection.say("generation:events", { generationId: "g1", events }));
  return { ...shown, say };
}

describe("a reply that is being made", () => {
  it("names each phase", () => {
    const { say } = startReply();
    screen.getByText("Starting…");
    say({ seq: 1, type: "phase", phase: { phase: "queued", position: 2 } });
    screen.getByText("Queued, 2nd in line");
    say({ seq: 2, type: "phase", phase: { phase: "loading", progress: 0.437 } });
    screen.getByText("Loading model 43 %");
    say({ seq: 3, type: "phase", phase: { phase: "reading", evaluatedTokens: 1204, promptTokens: 3900 } });
    screen.getByText("Reading prompt 1,204/3,900 tokens");
    say({ seq: 4, type: "text", text: "I am", tokenCount: 2 });
    expect(screen.queryByText(/Reading prompt/)).toBeNull();
    screen.getByText("I am");
    screen.getByText("Answering · 2 tokens");
  });

  it("shows what was stored until the log has caught up", () => {
    renderInApp(<Transcript />, [question, answer({ status: "generating", generationId: "g1", text: "I am the" })]);
    screen.getByText("I am the");
  });
});

describe("a reply that ended", () => {
  it("has its figures in one line, and the rest on a press", async () => {
    renderInApp(<Transcript />, [question, answer({ text: "I am.", stopReason: "end", stats })]);
    const line = screen.getByRole("button", { name: /tok\/s/ });
    expect(line.textContent).toBe("18.4 tok/s312 tokensfirst token 0.6 sstop: end");
    await userEvent.click(line);
    screen.getByText("1234567");
    screen.getByText("100.0 tok/s");
    expect(screen.queryByText("Guessed ahead")).toBeNull();
  });

  it("says how many tokens were guessed ahead and right", async () => {
    const guessed = { ...stats, guessedTokens: 103, acceptedTokens: 91 };
    renderInApp(<Transcript />, [question, answer({ text: "I am.", stopReason: "end", stats: guessed })]);
    await userEvent.click(screen.getByRole("button", { name: /tok\/s/ }));
    expect(screen.getByText("Guessed ahead").nextSibling?.textContent).toBe("91 of 103 tokens right");
  });

  it("has a chart of its speed, if this page saw it being made", async () => {
    const { say } = startReply();
    const clock = vi.spyOn(performance, "now");
    for (let seq = 1; seq <= 6; seq++) {
      clock.mockReturnValue(seq * 300);
      say({ seq, type: "text", text: "one ", tokenCount: 1 });
    }
    clock.mockRestore();
    say({ seq: 7, type: "end", stopReason: "end", stats: { ...stats, generationMs: 1500 } });
    await userEvent.click(screen.getByRole("button", { name: /tok\/s/ }));
    await screen.findByRole("img", { name: /Speed over time/ });
  });

  it("says when it was stopped, and keeps its text", () => {
    renderInApp(<Transcript />, [question, answer({ text: "I am", stopReason: "stopped" })]);
    screen.getByText("Stopped");
    screen.getByText("I am");
  });

  it("says when the model ended without a word", () => {
    renderInApp(<Transcript />, [question, answer({ stopReason: "end" })]);
    screen.getByText("The model ended its reply without a word.");
  });
});

describe("a reply that failed", () => {
  const failed = (code: "worker_died" | "context_full" | "model_load_failed", text = "") =>
    renderInApp(<Transcript />, [
      question,
      answer({ text, stopReason: "error", error: { code, message: "What happened.", hint: "What to do." } }),
    ]);

  it("keeps its text, says what happened, and tries again", async () => {
    const { connection } = failed("worker_died", "I am");
    screen.getByText("I am");
    screen.getByText("What happened.");
    screen.getByText("What to do.");
    screen.getByText("What was written so far is kept.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(connection.payloads("chat:regenerate")).toMatchObject([{ messageId: "m2", modelId: "alpaca.demo" }]);
  });

  it("does not speak of text that never came", () => {
    failed("model_load_failed");
    expect(screen.queryByText("What was written so far is kept.")).toBeNull();
  });

  it("offers a new chat with the same question when the context is full", async () => {
    const { app } = failed("context_full");
    await userEvent.click(screen.getByRole("button", { name: "New chat" }));
    expect(app.store.getState().chat).toMatchObject({ conversationId: undefined, draft: "Who are you?" });
  });

  it("says why another try was refused", async () => {
    const { connection } = failed("worker_died", "I am");
    connection.answers["chat:regenerate"] = () => ({ ok: false, error: { code: "queue_full", message: "16 wait." } });
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("16 wait.");
    screen.getByText("I am");
  });
});

describe("versions", () => {
  it("go back and forth", async () => {
    const other = testMessage("m3", "m1", { role: "assistant", text: "Second.", modelId: "alpaca.demo" });
    renderInApp(<Transcript />, [question, answer({ text: "First." }), other]);
    screen.getByText("Second.");
    screen.getByText("Version 2 of 2");
    await userEvent.click(screen.getByRole("button", { name: "Previous version" }));
    screen.getByText("First.");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Previous version" }).disabled).toBe(true);
  });
});
