import { Router } from "express";
import { AppError } from "../platform/AppError.js";
import type { ApiServices } from "./ApiServices.js";
import { createConversationRouter } from "./createConversationRouter.js";
import { createModelRouter } from "./createModelRouter.js";
import { createObservabilityRouter } from "./metrics/createObservabilityRouter.js";
import { createOllamaRouter } from "./ollama/createOllamaRouter.js";
import { createOpenAiRouter } from "./openai/createOpenAiRouter.js";

/**
 * The interfaces for other programs: OpenAI's under `/v1`, Ollama's and our page's files under `/api`, and figures for those
 * who watch.
 * Until `services` are there, they answer `server_starting`.
 */
export function createApi(services: () => ApiServices | undefined): Router {
  const build = (ready: ApiServices) =>
    Router()
      .use("/v1", createOpenAiRouter(ready))
      .use("/api", createOllamaRouter(ready))
      .use("/api", createConversationRouter(ready))
      .use("/api", createModelRouter(ready))
      .use(createObservabilityRouter(ready.observability));
  let built: Router | undefined;
  return Router().use((request, response, next) => {
    const ready = services();
    if (ready !== undefined) built ??= build(ready);
    if (built !== undefined) built(request, response, next);
    else if (/^\/(v1|api|metrics)(\/|$)/.test(request.path))
      throw new AppError("server_starting", "The server is not ready yet.", { hint: "Try again in a moment." });
    else next();
  });
}
