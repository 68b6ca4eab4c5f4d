import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addToken, revokeToken } from "../../server/access/tokenFile.js";
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
    const { secret } = await addToken(tokensPath, { name: "phone", mine: true });
    const page = await test.open({ path: `/?token=${secret}` });
    await revokeToken(tokensPath, "phone");
    await page.getByLabel("Token", { exact: true }).fill("the-token-of-this-very-run");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    test.forgiveLostConnection();
    test.forgiveRefusals();
  });
});
