import { Router } from "express";
import { type PromptTemplate, readPromptTemplates } from "../prompts/readPromptTemplates.js";

/** A template as Dalai's page wants it: what is to be filled in stands there as `>PROMPT`, which the page selects. */
function dalaiTemplate({ name, text, editable }: PromptTemplate) {
  const value = text.replace(
    /\{\{\s*([a-z][\w-]*)\s*\}\}/gi,
    (_, placeholder: string) => `>${placeholder.toUpperCase()}`,
  );
  return { name, value, editable };
}

/** `GET /prompts` in Dalai's shape: `[{name, value, editable}]`, `default` first. */
export function createPromptsRouter(folders: Parameters<typeof readPromptTemplates>[0]): Router {
  const router = Router();
  router.get("/prompts", async (_request, response) => {
    const templates = await readPromptTemplates(folders);
    response.set("Cache-Control", "no-cache").json(templates.map(dalaiTemplate));
  });
  return router;
}
