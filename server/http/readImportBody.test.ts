import { expect, it } from "vitest";
import { zipOf } from "../test/zipOf.js";
import { withImportFile } from "./readImportBody.js";

it("[T18] has one zip at a time unpacked and in use, and goes on after one that fails", async () => {
  const zip = await zipOf({ "a.json": "[1,2]" });
  const told: string[] = [];
  const use = (name: string) => async (file: unknown) => {
    told.push(`${name} begins with ${JSON.stringify(file)}`);
    await new Promise((resolve) => setImmediate(resolve));
    if (name === "second") throw new Error("It fails.");
    told.push(`${name} ends`);
    return name;
  };
  const damaged = withImportFile(zip.subarray(0, 20), 1000, use("damaged"));
  const all = ["first", "second", "third"].map((name) => withImportFile(zip, 1000, use(name)));
  const json = withImportFile([3], 1000, use("json"));
  expect((await Promise.allSettled([damaged, ...all, json])).map(({ status }) => status)).toEqual([
    "rejected",
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  // JSON takes what was sent, and waits for nobody.
  expect(told.filter((line) => line.startsWith("json"))).toEqual(["json begins with [3]", "json ends"]);
  expect(told.filter((line) => !line.startsWith("json"))).toEqual([
    "first begins with [1,2]",
    "first ends",
    "second begins with [1,2]",
    "third begins with [1,2]",
    "third ends",
  ]);
});
