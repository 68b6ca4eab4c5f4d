import { demoModelId } from "../models/ModelRegistry.js";

/** What somebody reads who would install the model that ships. */
export const shippedMessage = `${demoModelId} ships with Cria and is ready to use.`;

/** Whether a name to install, in any case, is that of the model that ships; it is in no catalog. */
export function namesShippedModel(name: string): boolean {
  const wanted = name.toLowerCase();
  return wanted === demoModelId || demoModelId.endsWith(`.${wanted}`);
}
