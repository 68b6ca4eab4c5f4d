import type { Sampling } from "../../server/protocol/sampling.js";
import type { Connection } from "../connection/Connection.js";

/** A model's stored parameters over those of everyone; none when they cannot be had. */
export async function storedSampling(connection: Connection, modelId: string): Promise<Sampling> {
  const result = await connection.request("settings:get", {});
  if (!result.ok) return {};
  const { everyone, models } = result.data.settings;
  return { ...everyone.sampling, ...models[modelId]?.sampling };
}
