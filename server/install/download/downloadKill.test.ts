import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { LocalHub } from "../../test/LocalHub.js";
import { seededBytes } from "../../test/seededBytes.js";

const childPath = fileURLToPath(new URL("../../test/downloadChild.js", import.meta.url));

it("[T14] killed at any moment, a download goes on where it was and loses little", async () => {
  const content = seededBytes(24 * 2 ** 20);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const hub = await LocalHub.start();
  hub.add("owner/model", { "weights.bin": content });
  const folder = await mkdtemp(join(tmpdir(), "cria-kill-"));
  const path = join(folder, "weights.bin");
  const run = () =>
    fork(childPath, [`${hub.endpoint}/owner/model/resolve/main/weights.bin`, path, String(content.length), sha256], {
      stdio: "inherit",
    });
  try {
    // Five kills, spread over the file; the moments are amounts of data, so that a slow machine sees the same.
    const kills = [1, 2, 3, 4, 5];
    for (const kill of kills) {
      const killAt = hub.sentBytes() + ((kill * 7919) % 4096) * 1024;
      const child = run();
      hub.onSent = (total) => total >= killAt && child.kill("SIGKILL");
      const [code, signal] = await once(child, "exit");
      if (signal !== "SIGKILL") expect(code).toBe(0);
    }
    hub.onSent = undefined;
    const [code] = await once(run(), "exit");
    expect(code).toBe(0);
    expect(Buffer.compare(await readFile(path), content)).toBe(0);
    // Per kill: what was not noted yet (1 MB each of four connections and one not saved), and what was under way in sockets.
    expect(hub.sentBytes()).toBeLessThan(content.length + kills.length * 12 * 2 ** 20);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await hub.close();
  }
});
