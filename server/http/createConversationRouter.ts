import { pipeline } from "node:stream/promises";
import { type Request, Router, text } from "express";
import { z } from "zod";
import { allChatsFileName, exportAllAsJson, exportAllAsZip } from "../chat/exportAll.js";
import { exportAsJson, exportAsMarkdown, exportFileName, exportWordsOf } from "../chat/exportConversation.js";
import { AppError } from "../platform/AppError.js";
import { maxMessageLength } from "../protocol/conversation.js";
import type { ApiServices } from "./ApiServices.js";
import { principalOf } from "./authorizeRequest.js";
import { importLimitBytes, readImportBody, withImportFile } from "./readImportBody.js";

/** A character of UTF-8 has up to four bytes. */
const attachmentLimitBytes = maxMessageLength * 4;

const fileNameSchema = z.string().trim().min(1).max(200);

/** What is too big for the socket: files in and out. Under `/api`. */
export function createConversationRouter({ accounts, chats }: Pick<ApiServices, "accounts" | "chats">): Router {
  const router = Router();
  // Whatever is asked for is looked for among the asker's own chats alone.
  const own = (request: Request) => accounts.of(principalOf(request).owner);

  /** The text of a file, its name in `?name=`; answers `{id, name, sizeBytes}`. */
  router.post(
    "/attachments",
    text({ type: "text/plain", limit: attachmentLimitBytes, inflate: false }),
    async (request, response) => {
      if (typeof request.body !== "string" || request.body === "")
        throw new AppError("bad_request", "The file is empty or no text.", {
          hint: "Send its text as text/plain.",
          field: "body",
        });
      if (request.body.includes("\0"))
        throw new AppError("bad_request", "The file is no text: it contains a zero byte.", {
          hint: "Only text and code files can be attached.",
          field: "body",
        });
      if (request.body.length > maxMessageLength)
        throw new AppError("bad_request", `The file has ${request.body.length} characters.`, {
          hint: `At most ${maxMessageLength} can be attached.`,
          field: "body",
        });
      const name = fileNameSchema.catch("file.txt").parse(request.query.name);
      const { conversations } = await own(request);
      const { text: _text, ...attachment } = await conversations.addAttachment(name, request.body);
      response.json(attachment);
    },
  );

  router.get("/attachments/:id", async (request, response) => {
    const { name, text } = await (await own(request)).conversations.attachment(request.params.id);
    // Never anything but text, whatever the file calls itself.
    response.attachment(name).type("text/plain; charset=utf-8").send(text);
  });

  router.get("/conversations/:id/export", async (request, response) => {
    const { conversation, messages } = await chats(
      "conversation:open",
      { conversationId: request.params.id },
      { principal: principalOf(request) },
    );
    if (request.query.format === "markdown") {
      response.attachment(exportFileName(conversation, "md")).type("text/markdown; charset=utf-8");
      response.send(exportAsMarkdown(conversation, messages, exportWordsOf(request.query.language)));
      return;
    }
    const files = await (await own(request)).conversations.filesOf(messages);
    response.attachment(exportFileName(conversation, "json")).json(exportAsJson(conversation, messages, files));
  });

  /** Every stored chat: as a list that can be imported again, or with `?format=markdown` as a zip for people to read. */
  router.get("/export", async (request, response) => {
    const { conversations } = await own(request);
    const zipped = request.query.format === "markdown";
    const exported = zipped
      ? await exportAllAsZip(conversations, exportWordsOf(request.query.language))
      : await exportAllAsJson(conversations);
    response
      .attachment(zipped ? "cria-chats.zip" : allChatsFileName)
      .type(zipped ? "application/zip" : "application/json");
    await pipeline(exported, response).catch(unlessGone);
  });

  /** JSON, or a zip that an export made. With `?preview=1` nothing is stored. Says what is new and what was there already. */
  router.post("/import", readImportBody, async (request, response) => {
    const { imports } = await own(request);
    const preview = request.query.preview !== undefined;
    const answer = await withImportFile(request.body, importLimitBytes(request), async (file) =>
      preview ? { conversations: await imports.preview(file) } : await imports.import(file),
    );
    response.json(answer);
  });
  return router;
}

/** A reader that has gone misses nothing; a failure in the middle has cut the answer off already. */
function unlessGone(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE") return;
  throw error;
}
