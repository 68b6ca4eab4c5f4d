import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addToken, revokeToken } from "../../server/access/tokenFile.js";
import { randomId } from "../../server/platform/randomId.js";
import { BrowserTest } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start({}, { host: "0.0.0.0", token: "the-token-of-this-very-run" });
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("[T5] somebody's token is revoked while the page is open", () => {
  it("the page asks for a token instead of trying for ever, and another one opens it where it was", async () => {
    const tokensPath = join(test.cria.homePath, "tokens.json");
    const { secret, token } = await addToken(tokensPath, { name: `phone ${randomId()}`, mine: true });
    const page = await test.open({ path: `/?token=${secret}` });
    await revokeToken(tokensPath, token.id);
    await page.getByLabel("Token", { exact: true }).fill("the-token-of-this-very-run");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    test.forgiveLostConnection();
    test.forgiveRefusals();
  });
});

describe("somebody whose browser speaks German, without a token", () => {
  it("is asked for it in German, told what is wrong with one in German, and gets in", async () => {
    const page = await test.openElsewhere(`${test.cria.url}/`, { locale: "de-DE" });
    await page.getByText("Dieser Server verlangt ein Token.").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("de");
    await page.getByLabel("Token", { exact: true }).fill("a-token-that-nobody-made");
    await page.getByRole("button", { name: "Weiter" }).press("Enter");
    await page.getByText("Dieses Token gilt hier nicht.").waitFor();
    await page.getByLabel("Token", { exact: true }).fill("the-token-of-this-very-run");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Nachricht" }).waitFor();
  });
});
