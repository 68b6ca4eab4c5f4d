import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scriptedProgram } from "../../server/bench/scriptedProgram.js";
import { BrowserTest } from "./BrowserTest.js";
import { findings } from "./findings.js";

let test: BrowserTest;
beforeAll(async () => {
  // A machine whose GPU refuses the model.
  const worker = { program: scriptedProgram({ gpu: "cuda", fault: "failOnLoad" }) };
  test = await BrowserTest.start({ worker }, { gpu: "auto" });
  const client = await test.connect();
  await client.request("model:load", { modelId: "alpaca.demo" });
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

const languages = [
  {
    language: "English",
    open: {},
    choose: /Choose a model/,
    picker: "Choose a model",
    models: "Models",
    why: /On the processor: the graphics card could not be used\. .*the script says so.* try once more/,
  },
  {
    language: "German",
    open: { locale: "de-DE", box: "Nachricht" },
    choose: /Modell auswählen/,
    picker: "Modell auswählen",
    models: "Modelle",
    why: /Auf dem Prozessor: Die Grafikkarte war nicht zu gebrauchen\. .*the script says so.* noch einmal/,
  },
];

describe("somebody whose GPU fails", () => {
  it.each(languages)(
    "is told that a model runs on the processor, and why, wherever the model is shown ($language)",
    async ({ open, choose, picker, models, why }) => {
      const page = await test.open({ ...open, bypassCSP: true });
      await page.getByRole("button", { name: choose }).click();
      const panel = page.getByRole("region", { name: picker });
      await panel.getByText(why).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("link", { name: "Server" }).click();
      await page.getByRole("listitem").getByText(why).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.getByRole("link", { name: models, exact: true }).click();
      await page.getByRole("listitem").getByText(why).waitFor();
      if (process.env.CRIA_SHOTS !== undefined)
        await page.screenshot({ path: `${process.env.CRIA_SHOTS}/gpu-${models}.png`, fullPage: true });
    },
  );
});
