import { Router } from "express";
import { AppError } from "../../platform/AppError.js";
import type { ApiServices } from "../ApiServices.js";
import { lostOpenAiHint } from "../lostHint.js";
import { readJsonBody } from "../readJsonBody.js";
import { requestName } from "../requestName.js";
import { createChatCompletion } from "./createChatCompletion.js";
import { createCompletion } from "./createCompletion.js";
import { createEmbedding } from "./createEmbedding.js";
import { getOpenAiModel, listOpenAiModels } from "./listOpenAiModels.js";

/** OpenAI's HTTP interface. docs/api.md says what is there and what differs. */
export function createOpenAiRouter(services: ApiServices): Router {
  const router = Router();
  router.get("/models", (_request, response) => {
    response.json(listOpenAiModels(services));
  });
  router.get("/models/:name", (request, response) => {
    response.json(getOpenAiModel(services, request.params.name));
  });
  router.post("/chat/completions", ...readJsonBody, (request, response) =>
    createChatCompletion(services, request, response),
  );
  router.post("/completions", ...readJsonBody, (request, response) => createCompletion(services, request, response));
  router.post("/embeddings", ...readJsonBody, (request, response) => createEmbedding(services, request, response));
  router.use((request) => {
    throw new AppError("not_found", `There is no ${requestName(request)}.`, {
      hint: lostOpenAiHint(request.path),
    });
  });
  return router;
}
