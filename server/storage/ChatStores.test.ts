import { afterAll, expect, it } from "vitest";
import { ChatStores, sqliteStores } from "./ChatStores.js";
import { openDatabase } from "./openDatabase.js";

const stores = new ChatStores(sqliteStores(openDatabase(":memory:")));
afterAll(() => stores.close());

it("finds every id that it makes in the right store", () => {
  for (let made = 0; made < 20_000; made++) {
    expect(stores.of(stores.newId(false))).toBe(stores.stored);
    expect(stores.of(stores.newId(true))).toBe(stores.temporary);
  }
});

it("takes no random id for a temporary one, whatever it begins with", () => {
  // Random ids are base64url: all of these may begin one.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const first of letters)
    for (const second of letters) expect(stores.of(`${first}${second}rNqDkkZ8a2mT0vQ4yLw`)).toBe(stores.stored);
});
