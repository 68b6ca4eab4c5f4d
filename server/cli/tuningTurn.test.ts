import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryHome } from "../test/TestServer.js";
import { tuningTurn } from "./tuningTurn.js";

let home: Awaited<ReturnType<typeof temporaryHome>>;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.remove());

const never = new AbortController().signal;
const nobodyWaits = () => {
  throw new Error("It has to wait.");
};

describe("two who measure in one home", () => {
  it("do so one after the other", async () => {
    const leave = await tuningTurn(home.path, never, nobodyWaits);
    const order: string[] = [];
    let tellWaiting = () => {};
    const waiting = new Promise<void>((resolve) => {
      tellWaiting = resolve;
    });
    const second = tuningTurn(home.path, never, tellWaiting).then((leaveSecond) => {
      order.push("second");
      leaveSecond();
    });
    await waiting;
    order.push("first has ended");
    leave();
    await second;
    expect(order).toEqual(["first has ended", "second"]);
  });

  it("are told once that they wait, and can be stopped meanwhile", async () => {
    const leave = await tuningTurn(home.path, never, nobodyWaits);
    const stopping = new AbortController();
    let told = 0;
    const second = tuningTurn(home.path, stopping.signal, () => {
      told++;
      stopping.abort(new Error("Ctrl-C"));
    });
    await expect(second).rejects.toThrow("Ctrl-C");
    expect(told).toBe(1);
    leave();
  });

  it("measure all the same where no lock can be had", async () => {
    await writeFile(join(home.path, "cache"), "a file in the folder's place");
    const leave = await tuningTurn(home.path, never, nobodyWaits);
    leave();
  });
});
