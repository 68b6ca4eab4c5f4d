import axe from "axe-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("someone who writes a program", () => {
  it("reads what a request takes and tries it: the reply is written while it comes", async () => {
    const page = await test.openDocs();
    await page.getByRole("region", { name: "Body" }).getByText("temperature", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText(/^200 OK/).waitFor();
    expect((await page.locator(".words").textContent())?.length).toBeGreaterThan(40);
    expect(await page.getByLabel("Answer", { exact: true }).textContent()).toContain("data: [DONE]");
    expect(await page.getByLabel("The same for a terminal").textContent()).toContain(
      `curl ${test.cria.url}/v1/chat/completions`,
    );
  });

  it("goes to another request by keyboard, sends something wrong and is told what", async () => {
    const page = await test.openDocs();
    await page.getByRole("link", { name: "POST /v1/completions" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "POST /v1/completions" }).waitFor();
    await page.getByRole("textbox", { name: "Body" }).fill('{"model": "alpaca.demo", "prompt": "a", "temperatur": 1}');
    await page.getByRole("button", { name: "Send" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText(/^400/).waitFor();
    expect(await page.getByLabel("Answer", { exact: true }).textContent()).toContain('"param": "temperatur"');
    // A browser reports every refused request on its console.
    test.forgiveRefusals();
  });

  it("opens a request by its address and fills in a path", async () => {
    const page = await test.openDocs({ path: "/docs#get-v1-models-model-" });
    await page.getByRole("textbox", { name: "model" }).fill("alpaca.demo");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText(/^200 OK/).waitFor();
    expect(await page.getByLabel("Answer", { exact: true }).textContent()).toContain('"min_p"');
  });
});

it("has German words for every request and every field, none is left in English", async () => {
  const page = await test.openDocs({ locale: "de-DE", box: "Ausprobieren" });
  const links = await page.getByRole("navigation").getByRole("link").all();
  expect(links.length).toBeGreaterThan(10);
  const english: string[] = [];
  for (const link of links) {
    await link.click();
    english.push(...(await page.locator("[lang=en]").allTextContents()));
  }
  expect([...new Set(english)]).toEqual([]);
  const answer = page.getByRole("region", { name: "Inhalt" });
  await links[0]?.click();
  await answer.getByText("0 nimmt jedes Mal das wahrscheinlichste Token").waitFor();
  await answer.getByText("Zahl, 0 bis 5", { exact: true }).first().waitFor();
});

it("is in German for somebody whose browser speaks it", async () => {
  const page = await test.openDocs({ locale: "de-DE", box: "Ausprobieren", bypassCSP: true });
  expect(await page.title()).toBe("Cria: die Schnittstellen");
  await page.getByText("Ein Gespräch beantworten.").waitFor();
  await page.getByRole("button", { name: "Senden" }).click();
  await page.getByText(/^200 OK · begonnen nach/).waitFor();
  for (const tag of ["Für Programme, die nur Ollama kennen.", "Wie Modelle auf diesem Rechner gehalten werden."])
    await page.getByText(tag).waitFor();
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
});

it.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 320],
] as const)("axe finds nothing in the %s page, %d pixels wide", async (colorScheme, width) => {
  const page = await test.openDocs({ colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText(/^200 OK/).waitFor();
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
});
