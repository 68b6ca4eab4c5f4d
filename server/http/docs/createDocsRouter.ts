import { join } from "node:path";
import { Router } from "express";
import { createOpenApi } from "./createOpenApi.js";
import { operations } from "./operations.js";

/** `GET /openapi.json`, the description for programs, and `GET /docs`, the page to read and try it. `webPath` holds the built pages. */
export function createDocsRouter(webPath: string): Router {
  const router = Router();
  const description = createOpenApi(operations);
  router.get("/openapi.json", (_request, response) => {
    response.set("Cache-Control", "no-cache").json(description);
  });
  router.get("/docs", (_request, response) => {
    response.set("Cache-Control", "no-cache").sendFile(join(webPath, "docs", "index.html"));
  });
  return router;
}
