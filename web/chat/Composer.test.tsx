import { cleanup, createEvent, fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { testMessage } from "../state/testMessage.js";
import { Composer } from "./Composer.js";
import { renderInApp } from "./testApp.js";

afterEach(cleanup);
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
const running = [
  testMessage("m1", undefined),
  testMessage("m2", "m1", { role: "assistant", status: "generating", generationId: "g1" }),
];

describe("the message box", () => {
  it("sends with Enter and keeps Shift+Enter as a new line", async () => {
    const { connection } = renderInApp(<Composer />);
    await userEvent.type(box(), "one{Shift>}{Enter}{/Shift}two");
    expect(box().value).toBe("one\ntwo");
    await userEvent.type(box(), "{Enter}");
    expect(connection.payloads("chat:send")).toMatchObject([{ text: "one\ntwo", modelId: "alpaca.demo" }]);
    expect(box().value).toBe("");
  });

  it("does not send the Enter that picks a candidate of an input method", () => {
    const { connection } = renderInApp(<Composer />);
    fireEvent.change(box(), { target: { value: "にほん" } });
    const enter = createEvent.keyDown(box(), { key: "Enter", isComposing: true });
    fireEvent(box(), enter);
    expect(enter.defaultPrevented).toBe(false);
    expect(connection.payloads("chat:send")).toEqual([]);
    fireEvent.keyDown(box(), { key: "Enter" });
    expect(connection.payloads("chat:send")).toHaveLength(1);
  });

  it("sends nothing that is empty, and nothing while the connection is lost", async () => {
    const { connection } = renderInApp(<Composer />);
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Send" });
    await userEvent.type(box(), "  ");
    expect(button.disabled).toBe(true);
    await userEvent.type(box(), "hello");
    expect(button.disabled).toBe(false);
    connection.setStatus("reconnecting");
    await userEvent.type(box(), "{Enter}");
    expect(connection.payloads("chat:send")).toEqual([]);
    expect(box().value).toBe("  hello");
  });

  it("turns Send into Stop while a reply is made, and still takes the next message", async () => {
    const { connection } = renderInApp(<Composer />, running);
    await userEvent.type(box(), "next{Enter}");
    screen.getByText("next");
    await userEvent.click(screen.getByRole("button", { name: "Take it back" }));
    expect(box().value).toBe("next");
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(connection.payloads("generation:stop")).toEqual([{ generationId: "g1" }]);
    expect(connection.payloads("chat:send")).toEqual([]);
  });
});
