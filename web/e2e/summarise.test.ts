import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, replyEnded } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const long = `${"The small red fox runs over the green hill. ".repeat(6)} What is this about?`;

/** The path of a chat with so little room left that one more message is too much. */
async function fullChat(): Promise<string> {
  const client = await test.connect();
  let place: { conversationId?: string; parentId?: string } = {};
  for (;;) {
    const count = await client.request("chat:count", { modelId: "alpaca.demo", draft: long, ...place });
    if (count.promptTokens >= count.contextTokens) return `/c/${place.conversationId}`;
    const sampling = { maxTokens: 20, temperature: 0 };
    const { conversation, reply } = await client.send(long, { ...place, sampling });
    place = { conversationId: conversation.id, parentId: reply.id };
    await client.follow(reply.generationId ?? "");
    await client.untilEnd(reply.generationId ?? "");
  }
}

describe("somebody whose chat has become too long", () => {
  it.each(["light", "dark"] as const)(
    "has the oldest messages summarised, reads the summary, and goes on (%s)",
    async (colorScheme) => {
      const page = await test.open({ colorScheme, bypassCSP: true, path: await fullChat() });
      await replyEnded(page);
      await page.getByRole("textbox", { name: "Message" }).fill(long);
      const tooLong = page.getByRole("region", { name: /more than the model can hold/ });
      await tooLong.getByRole("button", { name: "Summarise the oldest" }).press("Enter");
      await page.getByText("The model summarises the oldest messages before it answers.").waitFor();
      await page.getByRole("textbox", { name: "Message" }).press("Enter");
      const note = page.getByRole("complementary", { name: "Summary of the messages above" });
      await note.getByText("The model reads this instead").waitFor();
      await replyEnded(page);
      expect(((await note.locator("p").nth(1).textContent()) ?? "").length).toBeGreaterThan(0);
      expect(await findings(page)).toEqual([]);
      if (process.env.CRIA_SHOTS) {
        await note.scrollIntoViewIfNeeded();
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 844 });
          await note.scrollIntoViewIfNeeded();
          await page.screenshot({ path: `${process.env.CRIA_SHOTS}/summary-${colorScheme}-${width}.png` });
        }
      }
    },
  );

  it("has the oldest left out, sees in the gauge what is really sent, and takes that back", async () => {
    const page = await test.open({ path: await fullChat() });
    await replyEnded(page);
    const gauge = page.getByRole("button", { name: /^Context: / });
    await page.getByRole("textbox", { name: "Message" }).fill(long);
    const tooLong = page.getByRole("region", { name: /more than the model can hold/ });
    await tooLong.getByRole("button", { name: "Leave out the oldest" }).press("Enter");
    await page.getByText("The oldest messages are left out.").waitFor();
    // What is sent fits, with a quarter left for the reply; the rest is told apart, and where it ends.
    const name = (await gauge.getAttribute("aria-label")) ?? "";
    const [, used, total, notSent] = /^Context: (\d+) of (\d+) tokens used\. (\d+) tokens of the chat/.exec(name) ?? [];
    expect(Number(used)).toBeLessThanOrEqual(Number(total) * 0.75);
    expect(Number(notSent)).toBeGreaterThan(0);
    await page.getByText("Not sent from here up: the oldest messages no longer fit.").waitFor();
    await gauge.press("Enter");
    const rows = page.locator("dl > div");
    await rows.filter({ hasText: "Instructions and format" }).waitFor();
    expect(await rows.filter({ hasText: "Not sent: older messages" }).textContent()).toContain(`${notSent} tokens`);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Leave nothing out" }).press("Enter");
    await tooLong.waitFor();
    await tooLong.getByRole("button", { name: "Leave out the oldest" }).press("Enter");
    await page.getByRole("textbox", { name: "Message" }).press("Enter");
    await replyEnded(page);
    // Also with the message sent: never more than there is.
    await expect
      .poll(async () => {
        const [, nowUsed] = /^Context: (\d+) of/.exec((await gauge.getAttribute("aria-label")) ?? "") ?? [];
        return Number(nowUsed) < Number(total);
      })
      .toBe(true);
  });

  it("is told so at every reply that did not fit, and each tells it in its own place", async () => {
    const path = await fullChat();
    const client = await test.connect();
    const { messages } = await client.request("conversation:open", { conversationId: path.slice("/c/".length) });
    const [parentId, conversationId] = [messages.at(-1)?.id ?? "", messages[0]?.conversationId ?? ""];
    const { reply } = await client.send(long, { conversationId, parentId });
    await client.follow(reply.generationId ?? "");
    await client.untilEnd(reply.generationId ?? "");
    const second = await client.send(long, { conversationId, parentId: reply.id });
    await client.follow(second.reply.generationId ?? "");
    await client.untilEnd(second.reply.generationId ?? "");
    const page = await test.open({ bypassCSP: true, path });
    await expect.poll(() => page.getByText("This chat is longer than the model can hold.").count()).toBe(2);
    expect(await page.getByRole("button", { name: "Summarise the oldest" }).count()).toBe(2);
    expect(await findings(page)).toEqual([]);
  });
});
