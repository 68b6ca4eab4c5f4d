// Sends a message that the server stores, as the page does; an open page shows it at once.
import { connect } from "cria/client";

const client = await connect(process.env.CRIA_URL ?? "http://127.0.0.1:3000");
const { conversation, reply } = await client.request("chat:send", {
  requestId: crypto.randomUUID(),
  modelId: "alpaca.demo",
  text: "Who are you?",
});
const { text } = await client.follow(reply.generationId).result;
console.log(`"${conversation.title}": ${text}`);

const leave = await client.openConversation(conversation.id, ({ messages }) => {
  for (const message of messages) console.log(`${message.role}: ${message.text}`);
});
leave();
await client.request("conversation:delete", { conversationId: conversation.id });
client.close();
