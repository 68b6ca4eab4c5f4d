import { type Request, type RequestHandler, type Response, Router } from "express";
import { AppError } from "../../platform/AppError.js";
import { version } from "../../platform/version.js";
import type { ApiServices } from "../ApiServices.js";
import { parseBody } from "../parseBody.js";
import { readJsonBody } from "../readJsonBody.js";
import { requestName } from "../requestName.js";
import { resolveModelId } from "../resolveModelId.js";
import { createEmbed, createEmbeddings } from "./createEmbed.js";
import { createChat, createGenerate, docsHint } from "./createReply.js";
import { GgufFacts } from "./GgufFacts.js";
import { listRunning, listTags, showModel } from "./ollamaModels.js";
import { notDonePaths } from "./ollamaPaths.js";
import { showRequestSchema } from "./ollamaSchemas.js";

/** The release of Ollama whose interface this is: its clients ask before they use what is newer. */
const ollamaVersion = "0.12.11";

/** Ollama's HTTP interface, for programs that know no other. docs/api.md says what is there and what differs. */
export function createOllamaRouter(services: ApiServices): Router {
  const router = Router();
  const facts = new GgufFacts();
  const post = (path: string, handle: (services: ApiServices, request: Request, response: Response) => Promise<void>) =>
    router.post(path, ...readJsonBody, (request, response) => handle(services, request, response));
  router.get("/version", (_request, response) => {
    response.json({ version: ollamaVersion, cria: version });
  });
  router.get("/tags", async (_request, response) => {
    response.json(await listTags(services, facts));
  });
  router.get("/ps", async (_request, response) => {
    response.json(await listRunning(services, facts));
  });
  post("/show", async (_services, request, response) => {
    const { model, name, verbose } = parseBody(showRequestSchema, request.body, docsHint);
    const wanted = model ?? name;
    if (wanted === undefined)
      throw new AppError("bad_request", '"model" is missing.', { hint: docsHint, field: "model" });
    const installed = services.registry.getInstalled(resolveModelId(services.registry, wanted));
    response.json(await showModel(installed, facts, verbose ?? false));
  });
  post("/generate", createGenerate);
  post("/chat", createChat);
  post("/embed", createEmbed);
  post("/embeddings", createEmbeddings);
  const refuse: RequestHandler = (request) => {
    throw new AppError("not_implemented", `Cria does not do ${requestName(request)} of Ollama's.`, {
      hint: "Models are installed with: cria llama install 7B, and removed with: cria remove llama.7B",
    });
  };
  for (const path of notDonePaths) router.all(path, refuse);
  return router;
}
