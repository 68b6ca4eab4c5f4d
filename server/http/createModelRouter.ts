import { type Request, Router } from "express";
import { requireMachineOwner } from "../access/Principal.js";
import { loadSettingsSchema } from "../protocol/loadSettings.js";
import type { ApiServices } from "./ApiServices.js";
import { principalOf } from "./authorizeRequest.js";
import { parseBody } from "./parseBody.js";
import { readJsonBody } from "./readJsonBody.js";
import { resolveModelId } from "./resolveModelId.js";

const hint = "docs/protocol.md says what a model's settings may be.";
const bodySchema = loadSettingsSchema.strict();

/** How models are held in memory, for other programs. Under `/api`. */
export function createModelRouter({ registry, loading }: Pick<ApiServices, "registry" | "loading">): Router {
  const router = Router();
  const modelId = (request: Request) => resolveModelId(registry, String(request.params.model));
  const settingsOf = (request: Request) => parseBody(bodySchema, request.body, hint);
  router.get("/models/:model/plan", async (request, response) => {
    response.json(await loading.plan(modelId(request)));
  });
  router.post("/models/:model/plan", ...readJsonBody, async (request, response) => {
    response.json(await loading.plan(modelId(request), settingsOf(request)));
  });
  router.post("/models/:model/configure", ...readJsonBody, async (request, response) => {
    requireMachineOwner(principalOf(request));
    response.json(await loading.configure(modelId(request), settingsOf(request)));
  });
  return router;
}
