import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockModel } from "../install/InstallLock.js";
import { packagePath } from "../platform/paths.js";
import { CriaProcess, childrenOf } from "./CriaProcess.js";
import { LocalHub } from "./LocalHub.js";
import { PostgresProcess } from "./services/PostgresProcess.js";
import { RedisProcess } from "./services/RedisProcess.js";
import { TestClient, temporaryHome, untilGone } from "./TestServer.js";

const source = "tiny/Tiny-7M-GGUF";
const modelId = "tiny.7M";
/** Enough that a part of it lies on the disk when a node is killed. */
const killAtBytes = 2_500_000;

describe.skipIf(!RedisProcess.available || !PostgresProcess.available)(
  "[T14] a node is killed during an install",
  () => {
    let redis: RedisProcess;
    let postgres: PostgresProcess;
    let hub: LocalHub;
    let demo: Buffer;
    let modelsPath: string;
    const homes: Awaited<ReturnType<typeof temporaryHome>>[] = [];
    const nodes: CriaProcess[] = [];
    const clients: TestClient[] = [];
    beforeEach(async () => {
      [redis, postgres] = await Promise.all([RedisProcess.start(), PostgresProcess.start()]);
      hub = await LocalHub.start();
      demo = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
      hub.add(source, { "Tiny-7M-Q8_0.gguf": demo });
      hub.totalBytesPerSecond = 1_000_000;
      modelsPath = await mkdtemp(join(tmpdir(), "cria-models-"));
    });
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      for (const node of nodes) node.child.kill("SIGKILL");
      await Promise.all(nodes.splice(0).map(({ ended }) => ended));
      for (const home of homes.splice(0)) await home.remove();
      await Promise.all([hub.close(), redis.close(), postgres.close()]);
      await rm(modelsPath, { recursive: true, force: true });
    });

    /** A server as people start it, on a machine of its own but for the models folder. */
    async function startNode(): Promise<CriaProcess> {
      const home = await temporaryHome();
      homes.push(home);
      await mkdir(home.path, { recursive: true });
      await symlink(modelsPath, join(home.path, "models"));
      const node = new CriaProcess(["serve", "--port", "0"], {
        CRIA_HOME: home.path,
        CRIA_THREADS: "1",
        CRIA_GPU: "off",
        CI: "1",
        CRIA_REDIS: redis.url,
        CRIA_POSTGRES: postgres.url,
        HF_ENDPOINT: hub.endpoint,
        HF_HOME: join(home.path, "no-hf"),
      });
      nodes.push(node);
      await node.url();
      return node;
    }

    async function connectTo(node: CriaProcess): Promise<TestClient> {
      const client = await TestClient.connect(await node.url(), { transports: ["websocket"] });
      clients.push(client);
      return client;
    }

    /** As the machine under it would die: the processes of the install go with it, all at once. */
    async function killMachine(node: CriaProcess): Promise<void> {
      const children = await childrenOf(node.child.pid ?? 0);
      node.child.kill("SIGKILL");
      for (const child of children) process.kill(child, "SIGKILL");
      await Promise.all([node.ended, ...children.map(untilGone)]);
    }

    async function stateOf(client: TestClient): Promise<string | undefined> {
      const { installs } = await client.request("install:list", {});
      return installs.find((install) => install.modelId === modelId)?.state;
    }

    const untilSent = () =>
      new Promise<void>((resolve) => {
        hub.onSent = (bytes) => {
          if (bytes >= killAtBytes) resolve();
        };
      });

    /** The node whose child fetches; the other ones have none. */
    async function installer(): Promise<CriaProcess> {
      for (const node of nodes) if ((await childrenOf(node.child.pid ?? 0)).length > 0) return node;
      throw new Error("no node installs");
    }

    /** Nothing that is half written looks whole: there is no manifest, so no model. */
    async function expectNoModel(): Promise<void> {
      expect(await readdir(join(modelsPath, "tiny"))).not.toContain("7M");
    }

    const leftOver = () => readdir(join(modelsPath, "tiny")).catch(() => []);

    /** Whole, and nothing beside it: no part, no claim, no lock. */
    async function expectWhole(): Promise<void> {
      expect(await readdir(join(modelsPath, "tiny"))).toEqual(["7M"]);
      const files = await readdir(join(modelsPath, "tiny", "7M"));
      expect(files).toHaveLength(2);
      const weights = await readFile(
        join(modelsPath, "tiny", "7M", files.find((file) => file.endsWith(".gguf")) ?? ""),
      );
      expect(createHash("sha256").update(weights).digest("hex")).toBe(createHash("sha256").update(demo).digest("hex"));
    }

    it("and another one goes on with what it fetched, to the end", async () => {
      await startNode();
      await startNode();
      const sent = untilSent();
      const asking = await connectTo(nodes[1] as CriaProcess);
      await asking.request("install:start", { source });
      await sent;
      const killed = await installer();
      await killMachine(killed);
      await expectNoModel();
      const survivor = nodes.find((node) => node !== killed) as CriaProcess;
      const client = await connectTo(survivor);
      // Whoever looks meanwhile sees an install that runs, not one that is done.
      expect(await stateOf(client)).toBe("running");
      const before = hub.sentBytes();
      hub.totalBytesPerSecond = undefined;
      await expect.poll(() => stateOf(client), { timeout: 90_000 }).toBe("installed");
      await expectWhole();
      // Less than is noted at once (docs/security.md): fetched once more, and no more than once.
      expect(hub.sentBytes() - before).toBeLessThanOrEqual(demo.length);
      const { models } = await client.request("model:list", {});
      expect(models.map(({ id }) => id)).toContain(modelId);
    });

    it("which is the only one, and goes on when it is started again", async () => {
      const only = await startNode();
      const sent = untilSent();
      await (await connectTo(only)).request("install:start", { source });
      await sent;
      await killMachine(only);
      await expectNoModel();
      hub.totalBytesPerSecond = undefined;
      const client = await connectTo(await startNode());
      await expect.poll(() => stateOf(client), { timeout: 90_000 }).toBe("installed");
      await expectWhole();
    });

    it("which is the only one, and can be cancelled when it is started again", async () => {
      const only = await startNode();
      const sent = untilSent();
      await (await connectTo(only)).request("install:start", { source });
      await sent;
      await killMachine(only);
      const client = await connectTo(await startNode());
      await client.request("install:cancel", { modelId });
      await expect.poll(() => stateOf(client)).toBeUndefined();
      await expect.poll(leftOver, { timeout: 90_000 }).toEqual([]);
    });

    /** Two nodes; the one that installs is killed, and whoever is connected to the other one goes on. */
    async function survive(): Promise<TestClient> {
      await startNode();
      await startNode();
      const sent = untilSent();
      await (await connectTo(nodes[1] as CriaProcess)).request("install:start", { source });
      await sent;
      const killed = await installer();
      await killMachine(killed);
      return await connectTo(nodes.find((node) => node !== killed) as CriaProcess);
    }

    it("and the install is cancelled at once from another one, though the folder is held for a while", async () => {
      const client = await survive();
      // As the claim of a process on another machine, which cannot be seen to be gone.
      const release = await lockModel(join(modelsPath, "tiny", "7M"));
      await client.request("install:cancel", { modelId });
      await expect.poll(() => stateOf(client)).toBeUndefined();
      await release();
      await expect.poll(leftOver, { timeout: 90_000 }).toEqual([]);
      expect(await stateOf(client)).toBeUndefined();
      expect((await client.request("model:list", {})).models.map(({ id }) => id)).not.toContain(modelId);
    });

    it("and the install is paused at once from another one, until somebody goes on with it", async () => {
      const client = await survive();
      await client.request("install:pause", { modelId });
      await expect.poll(() => stateOf(client)).toBe("paused");
      hub.totalBytesPerSecond = undefined;
      await client.request("install:start", { modelId });
      await expect.poll(() => stateOf(client), { timeout: 90_000 }).toBe("installed");
      await expectWhole();
    });

    it("and an install that was cancelled then is begun anew when it is asked for again", async () => {
      const client = await survive();
      await client.request("install:cancel", { modelId });
      await client.request("install:start", { source });
      hub.totalBytesPerSecond = undefined;
      await expect.poll(() => stateOf(client), { timeout: 90_000 }).toBe("installed");
      await expectWhole();
    });
  },
);
