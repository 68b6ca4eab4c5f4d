// Streams one reply.   node docs/examples/generate.mjs "Who are you?"
import { connect } from "cria/client";

const client = await connect(process.env.CRIA_URL ?? "http://127.0.0.1:3000");
const reply = client.generate({
  model: "alpaca.demo",
  messages: [{ role: "user", content: process.argv[2] ?? "Who are you?" }],
  temperature: 0,
  maxTokens: 100,
});
for await (const piece of reply) process.stdout.write(piece);

const { stopReason, stats } = await reply.result;
console.log(`\n[${stopReason}, ${stats?.generatedTokens} tokens]`);
client.close();
