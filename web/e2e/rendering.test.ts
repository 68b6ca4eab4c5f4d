import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BrowserTest, replies } from "./BrowserTest.js";
import { importChat } from "./importChat.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
beforeEach(() => test.forgetChats());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const poem = "Roses are red,\nviolets are blue.";
const lesson = `The area is \\(\\pi r^2\\), so:

$$
A = \\int_0^{2\\pi} \\frac{r^2}{2}\\,d\\varphi
$$

It costs $5 and $6.

\`\`\`python
# A comment
def area(radius: float) -> float:
    return 3.14159 * radius ** 2
\`\`\`

| Radius | Area |
| -: | -: |
| 1 | 3.14 |
`;
const thoughts = "<think>\nThey want a number. **Five** is one.\n</think>\n\nFive.";

describe("somebody reads", () => {
  it("poems in lines, formulas as formulas, code in colours; and thoughts only on request", async () => {
    const path = await importChat(test, "Reading", ["A poem!", poem, "Areas?", lesson, "A number?", thoughts]);
    const page = await test.open({ path });
    const [first, second, third] = [replies(page).nth(0), replies(page).nth(1), replies(page).nth(2)];
    await first.locator("br").first().waitFor({ state: "attached" });
    await expect.poll(() => second.locator(".katex").count()).toBe(2);
    expect(await second.locator(".katex-display").count()).toBe(1);
    await second.getByText("It costs $5 and $6.").waitFor();
    await expect.poll(() => second.locator("pre span").count()).toBeGreaterThan(3);
    expect(await second.locator("pre").textContent()).toContain("return 3.14159 * radius ** 2");

    await third.getByText("Five.", { exact: true }).waitFor();
    expect(await third.getByText("They want a number.").count()).toBe(0);
    await third.getByRole("button", { name: "Thoughts" }).click();
    await third.getByText("They want a number.").waitFor();
  });

  it("what is no formula as it was written, and the whole number of a long list", async () => {
    const text = "Broken: \\(\\frac{1}{\\), fine: \\(x^2\\).\n\n1998. A year.\n1999. Another.";
    const path = await importChat(test, "Odd", ["Odd?", text]);
    const page = await test.open({ path, viewport: { width: 390, height: 700 } });
    await page.getByText("\\frac{1}{").waitFor();
    await expect.poll(() => page.locator(".katex").count()).toBe(1);
    // The number stands left of the item, in the room that the list leaves it.
    const item = page.getByRole("log").getByText("A year.");
    const room = await item.evaluate((element) => {
      const list = element.closest("ol");
      return list === null ? 0 : Number.parseFloat(getComputedStyle(list).paddingInlineStart);
    });
    expect(room).toBeGreaterThan(45);
  });

  it("Arabic from the right, and code in it from the left", async () => {
    const arabic = "مرحبا بالعالم.\n\n- بند\n\n```js\nlet a = 1;\n```\n\nEnglish again.";
    const path = await importChat(test, "Arabic", ["كيف حالك؟ Fine?", arabic]);
    const page = await test.open({ path });
    const directionOf = (text: string) =>
      page
        .getByRole("log")
        .getByText(text)
        .last()
        .evaluate((element) => getComputedStyle(element).direction);
    expect(await directionOf("كيف")).toBe("rtl");
    expect(await directionOf("مرحبا")).toBe("rtl");
    expect(await directionOf("بند")).toBe("rtl");
    expect(await directionOf("let a = 1;")).toBe("ltr");
    expect(await directionOf("English again.")).toBe("ltr");
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("مرحبا");
    expect(await box.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
  });

  it("a list of all shortcuts, switches them off and on again, and goes through messages with the keyboard", async () => {
    const path = await importChat(test, "Keys", ["One?", "First answer.", "Two?", "Second answer."]);
    const page = await test.open({ path });
    await replies(page).nth(1).getByText("Second answer.").waitFor();
    const focusedText = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.keyboard.press("Alt+ArrowUp");
    await expect.poll(focusedText).toContain("Second answer.");
    await page.keyboard.press("Alt+ArrowUp");
    await expect.poll(focusedText).toContain("Two?");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await dialog.getByText("Search chats").waitFor();
    await dialog.getByRole("checkbox", { name: /Shortcuts are on/ }).uncheck();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Control+/");
    expect(await dialog.count()).toBe(0);
    await page.getByRole("navigation").getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Keyboard shortcuts" }).click();
    await dialog.getByRole("checkbox", { name: /Shortcuts are on/ }).check();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("search");
  });
});

describe("somebody with a very long chat", () => {
  it("opens a thousand messages and writes on without waiting", async () => {
    const reply = `${"Once upon a time there was a small red fox. ".repeat(6)}\n\n- one\n- two\n\n${poem}`;
    const texts = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? `Question ${index}?` : reply));
    await importChat(test, "Long", texts);
    const page = await test.open();
    await page.evaluate(() => {
      const tasks: number[] = [];
      Object.assign(window, { longTasks: tasks });
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: "longtask",
      });
    });
    const longTasks = () => page.evaluate(() => (Reflect.get(window, "longTasks") as number[]).splice(0));
    await page.getByRole("link", { name: "Long" }).click();
    await page.getByText("Question 998?").waitFor();
    const box = page.getByRole("textbox", { name: "Message" });
    await box.focus();
    await page.keyboard.type("Typing while all the rest is still being drawn.");
    expect(await box.inputValue()).toBe("Typing while all the rest is still being drawn.");
    await expect.poll(() => page.locator("[data-message]").count(), { timeout: 60_000 }).toBe(1000);
    await longTasks();
    await page.keyboard.type("And once more, when all is there.");
    const typing = await longTasks();
    // A page that draws everything anew with every key would have one for each of the thirty; a busy machine has a few.
    expect(typing.length).toBeLessThan(15);
  });
});
