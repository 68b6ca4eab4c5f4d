// What programs for Dalai do: a request in Dalai's words, answered in this process or, with a `url`, by a server.
import { Cria } from "cria";

const cria = new Cria(process.env.CRIA_HOME);
console.log("Installed:", await cria.installed());

const request = { model: "alpaca.demo", prompt: "Once upon a time", n_predict: 20, seed: 1, skip_end: true };
await cria.request(request, (piece) => process.stdout.write(piece));
console.log();

const url = process.env.CRIA_URL;
if (url !== undefined) await cria.request({ ...request, url }, (piece) => process.stdout.write(piece));
await cria.close();
