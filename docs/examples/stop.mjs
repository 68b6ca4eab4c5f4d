// Stops a reply after a hundred characters. What came is kept.
import { connect } from "cria/client";

const client = await connect(process.env.CRIA_URL ?? "http://127.0.0.1:3000");
const reply = client.generate({ model: "alpaca.demo", prompt: "Once upon a time", maxTokens: 400, ignoreEos: true });
for await (const _ of reply) if (reply.text.length >= 100) await reply.stop();

const { stopReason, text } = await reply.result;
console.log(`${stopReason} after ${text.length} characters`);
client.close();
