// Hears of models and installs while it loads a model. Runs until the model is ready.
import { connect } from "cria/client";

const client = await connect(process.env.CRIA_URL ?? "http://127.0.0.1:3000");
for (const { id, name, status } of await client.models()) console.log(`${id} (${name}): ${status.state}`);

const ready = new Promise((resolve) => {
  client.on("model:changed", ({ models }) => {
    for (const { id, status } of models) {
      console.log(`${id}: ${status.state}`);
      if (id === "alpaca.demo" && status.state === "ready") resolve();
    }
  });
});
client.on("install:progress", ({ install }) => {
  console.log(`${install.modelId}: ${install.message}, ${Math.round(install.progress * 100)} %`);
});

await client.request("model:unload", { modelId: "alpaca.demo" });
await client.request("model:load", { modelId: "alpaca.demo" });
await ready;
client.close();
