import type { MachineRoom } from "../models/assessFit.js";
import type { Catalog } from "../models/catalog.js";
import type { DownloadSettings } from "./download/Download.js";
import type { HttpClient } from "./download/HttpClient.js";
import type { HubClient } from "./hub/HubClient.js";
import type { ProgressMeter } from "./ProgressMeter.js";

/** Loads finished weights in the engine once and lets them go: rejects with why they cannot be used. `onProgress` gets 0 to 1. */
export type LoadBack = (
  weightsPath: string,
  onProgress: (progress: number) => void,
  signal: AbortSignal,
) => Promise<void>;

/** What an install works with. */
export interface InstallContext {
  /** The folder of all models. */
  modelsPath: string;
  catalog: Catalog;
  http: HttpClient;
  hub: HubClient;
  signal: AbortSignal;
  meter: ProgressMeter;
  loadBack: LoadBack;
  room: MachineRoom;
  /** Install what the memory is too small for, or in the place of another model of that name. */
  force: boolean;
  /** For the quantizer. */
  threadCount: number;
  download?: Partial<DownloadSettings> | undefined;
}
