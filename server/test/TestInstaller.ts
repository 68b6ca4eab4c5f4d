import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InstallAsk } from "../install/InstallJob.js";
import { InstallProcess } from "../install/InstallProcess.js";
import type { InstallOrder } from "../install/installMessages.js";
import type { InstallProgress } from "../protocol/install.js";
import { LocalHub, type LocalHubOptions } from "./LocalHub.js";

/** A local hub and an empty models folder, and installs in real processes between them. */
export class TestInstaller {
  readonly hub: LocalHub;
  readonly modelsPath: string;
  readonly progress: InstallProgress[] = [];
  environment: NodeJS.ProcessEnv;

  private constructor(hub: LocalHub, modelsPath: string) {
    this.hub = hub;
    this.modelsPath = modelsPath;
    this.environment = {
      PATH: process.env.PATH,
      HF_ENDPOINT: hub.endpoint,
      HF_HOME: join(modelsPath, "no-hf-home"),
    };
  }

  static async start(options: LocalHubOptions = {}): Promise<TestInstaller> {
    return new TestInstaller(await LocalHub.start(options), await mkdtemp(join(tmpdir(), "cria-install-")));
  }

  /** Starts an install; downloads are cut into small pieces, so that small files see what large ones do. */
  start(ask: InstallAsk, changes: Partial<InstallOrder> = {}): InstallProcess {
    const order: InstallOrder = {
      ask,
      modelsPath: this.modelsPath,
      workingFolder: this.modelsPath,
      force: false,
      threadCount: 1,
      download: { segmentBytes: 512 * 1024, saveEveryBytes: 512 * 1024 },
      ...changes,
    };
    return new InstallProcess(order, this.environment, (progress) => this.progress.push(progress));
  }

  async install(ask: InstallAsk, changes: Partial<InstallOrder> = {}) {
    return await this.start(ask, changes).outcome;
  }

  read(...path: string[]): Promise<Buffer> {
    return readFile(join(this.modelsPath, ...path));
  }

  async close(): Promise<void> {
    await this.hub.close();
    await rm(this.modelsPath, { recursive: true, force: true });
  }
}
