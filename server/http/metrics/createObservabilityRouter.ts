import { Router } from "express";
import type { Observability } from "./Observability.js";

/** `GET /metrics` for Prometheus and `GET /api/slots` for people and the page: figures, never a text. */
export function createObservabilityRouter(observability: Observability): Router {
  const router = Router();
  router.get("/metrics", async (_request, response) => {
    const { contentType, text } = await observability.scrape();
    response.set({ "Content-Type": contentType, "Cache-Control": "no-store" }).send(text);
  });
  router.get("/api/slots", async (_request, response) => {
    response.set("Cache-Control", "no-store").json(await observability.status());
  });
  return router;
}
