// Begins a reply on one connection, leaves, and reads the rest on another: a reply belongs to the server, not to who asked.
import { connect } from "cria/client";

const url = process.env.CRIA_URL ?? "http://127.0.0.1:3000";

const first = await connect(url);
const begun = first.generate({ model: "alpaca.demo", prompt: "Once upon a time", maxTokens: 60, ignoreEos: true });
const id = await begun.id;
const pieces = begun[Symbol.asyncIterator]();
await pieces.next();
const { seq, text } = begun;
first.close();
console.log(`Left after entry ${seq}: ${JSON.stringify(text)}`);

const second = await connect(url);
const rest = second.follow(id, { afterSeq: seq });
const { text: missed } = await rest.result;
console.log(`Read on: ${JSON.stringify(missed)}`);

const whole = await second.follow(id).result;
console.log(whole.text === text + missed ? "Nothing was lost." : "Something was lost!");
second.close();
