import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BrowserTest, replyEnded, say } from "./BrowserTest.js";

let test: BrowserTest;
beforeAll(async () => {
  test = await BrowserTest.start();
});
afterAll(() => test.close());
afterEach(async () => expect(await test.endStory()).toEqual([]));

describe("somebody has files", () => {
  it("picks two, removes one by keyboard, sends the other, and reads it again later", async () => {
    const page = await test.open();
    const files = page.getByRole("list", { name: "Attached files" });
    await page
      .getByLabel("Attach text files")
      .last()
      .setInputFiles([
        { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("The fox is called Rufus.\n<b>äöü</b>") },
        { name: "photo.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]) },
      ]);
    await files.getByText(/^38 bytes · \d+ tokens/).waitFor();
    await files.getByText("This model cannot see or hear: photo.png is not a text file.").waitFor();
    await page.getByRole("button", { name: "Remove photo.png" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("cannot see or hear").waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("message");
    await say(page, "What is the fox called?");
    await replyEnded(page);
    await page.reload();
    await page.getByRole("log").getByRole("button", { name: "notes.txt" }).click();
    const dialog = page.getByRole("dialog", { name: "notes.txt" });
    await dialog.getByText("<b>äöü</b>").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  it("finds those that were not sent again after a reload, until they are; a temporary chat leaves none", async () => {
    const page = await test.open();
    const files = page.getByRole("list", { name: "Attached files" });
    const attach = (name: string) =>
      page
        .getByLabel("Attach text files")
        .last()
        .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from("The fox is called Rufus.") });
    const kept = () =>
      page.evaluate(
        () =>
          new Promise<unknown[]>((resolve, reject) => {
            const opening = indexedDB.open("cria-unsent-files");
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
              const reading = opening.result.transaction("files").objectStore("files").getAll();
              reading.onsuccess = () => {
                resolve(reading.result.map(({ name }: { name: string }) => name));
                opening.result.close();
              };
            };
          }),
      );
    await attach("fox.txt");
    await files.getByText(/^24 bytes · \d+ tokens/).waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("What is the fox called?");
    await expect.poll(kept).toEqual(["fox.txt"]);
    await page.reload();
    await files.getByText("fox.txt").waitFor();
    await files.getByText(/^24 bytes · \d+ tokens/).waitFor();
    // Sent with the text that was kept, too; what is left waits in its chat then.
    await page.getByRole("textbox", { name: "Message" }).press("Enter");
    await page.getByRole("log").getByRole("button", { name: "fox.txt" }).waitFor();
    await replyEnded(page);
    await expect.poll(kept).toEqual([]);
    await attach("later.txt");
    await expect.poll(kept).toEqual(["later.txt"]);
    await page.reload();
    await files.getByText("later.txt").waitFor();
    await page.getByRole("button", { name: "Remove later.txt" }).click();
    await expect.poll(kept).toEqual([]);

    await page.getByRole("button", { name: "Temporary chat" }).click();
    await attach("secret.txt");
    await files.getByText(/^24 bytes/).waitFor();
    await page.reload();
    await page.getByRole("textbox", { name: "Message" }).waitFor();
    expect([await kept(), await files.count()]).toEqual([[], 0]);
  });

  it("is told which of them is too much, and no new chat is offered that would not help", async () => {
    const page = await test.open();
    await say(page, "Who are you?");
    await replyEnded(page);
    const buffer = Buffer.from("My cat is called Mina. ".repeat(400));
    await page
      .getByLabel("Attach text files")
      .last()
      .setInputFiles({ name: "cat.txt", mimeType: "text/plain", buffer });
    const notice = page.getByRole("region", { name: /^This is more than the model can hold/ });
    await notice.getByText(/take a file out/).waitFor();
    expect(await notice.getByRole("button").count()).toBe(0);
    await page.getByRole("button", { name: "Remove cat.txt" }).click();
    await notice.waitFor({ state: "detached" });
  });

  it("drops one on the page, and makes a file of a long paste", async () => {
    const page = await test.open();
    const files = page.getByRole("list", { name: "Attached files" });
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["let a = 1;"], "code.ts"));
      document.body.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.getByText("Drop text and code files here").waitFor();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["let a = 1;"], "code.ts"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    });
    await files.getByText("code.ts").waitFor();
    await page.getByText("Drop text and code files here").waitFor({ state: "detached" });

    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("Sum this up: ");
    await box.evaluate((area: HTMLTextAreaElement) => {
      const text = "one two three ".repeat(200);
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      area.setSelectionRange(area.value.length, area.value.length);
      if (area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })))
        document.execCommand("insertText", false, text);
    });
    await page.getByText("You pasted 2,800 characters.").waitFor();
    await page.getByRole("button", { name: "Attach them as a file" }).click();
    await files.getByText("Pasted text.txt").waitFor();
    expect(await box.inputValue()).toBe("Sum this up: ");
  });
});
