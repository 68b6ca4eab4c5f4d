/** No two of them are begun at the same time: an import takes chats of one moment and one text for the same ([EX5]). */
let lastCreatedAtMs = Date.now();

/**
 * Has the server at `url` store a chat of these texts, a person's and the model's in turn, through its import. Gives the id that
 * the conversation got.
 */
export async function importChat(url: string, title: string, texts: readonly string[]): Promise<string> {
  const messages = texts.map((text, index) => ({
    id: `m${index}`,
    conversationId: "c",
    ...(index === 0 ? {} : { parentId: `m${index - 1}` }),
    role: index % 2 === 0 ? "user" : "assistant",
    text,
    createdAtMs: index + 1,
    status: "complete",
    ...(index % 2 === 0 ? {} : { modelId: "alpaca.demo" }),
  }));
  const conversation = {
    id: "c",
    title,
    createdAtMs: ++lastCreatedAtMs,
    updatedAtMs: 1,
    headMessageId: messages.at(-1)?.id,
    pinned: false,
    temporary: false,
    settings: {},
  };
  const response = await fetch(`${url}/api/import`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-cria": "1" },
    body: JSON.stringify({ format: "cria-conversation", formatVersion: 1, conversation, messages }),
  });
  if (!response.ok) throw new Error(`the chat was not taken: ${response.status}`);
  const { conversations } = (await response.json()) as { conversations: { id: string }[] };
  return conversations[0]?.id ?? "";
}
