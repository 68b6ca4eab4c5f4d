import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { randomId } from "../platform/randomId.js";
import { TestClient, temporaryHome } from "./TestServer.js";

const canary = "Xylophonquark-7361-Geheimnis";

it("[T25] what people write, and what the model answers, is in no log, metric or live view", async () => {
  const home = await temporaryHome();
  const main = join(packagePath, "dist", "server", "cli", "main.js");
  const cria = spawn(process.execPath, [main, "serve", "--port", "0", "--no-open", "--log", "debug"], {
    env: { ...process.env, CRIA_HOME: home.path, CRIA_THREADS: "1", CRIA_GPU: "off", CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = new Promise((resolve) => cria.once("close", resolve));
  try {
    const url = await new Promise<string>((resolve) => {
      for (const stream of [cria.stdout, cria.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const found = /running at (\S+)/.exec(output)?.[1];
          if (found !== undefined) resolve(found);
        });
    });
    const watched: string[] = [];
    const watch = async () => {
      for (const path of ["/metrics", "/api/slots"]) watched.push(await (await fetch(url + path)).text());
    };
    const post = async (path: string, body: string) =>
      (await fetch(url + path, { method: "POST", headers: { "content-type": "application/json" }, body })).text();

    const client = await TestClient.connect(url);
    const { conversation, reply } = await client.send(`Tell me about ${canary}.`, { sampling: { maxTokens: 120 } });
    const id = reply.generationId ?? "";
    await client.follow(id);
    await client.untilText(id);
    await watch();
    const { text } = await client.untilEnd(id);
    const model = "alpaca.demo";
    await post("/v1/completions", JSON.stringify({ model, prompt: canary, max_tokens: 8 }));
    await post(
      "/v1/chat/completions",
      JSON.stringify({ model, messages: [{ role: "user", content: canary }], max_tokens: 8 }),
    );
    // What is refused may not be written down either: wrong JSON, wrong fields, wrong requests, a prompt that is too long.
    await post("/v1/completions", `{"prompt": "${canary}", `);
    await post("/v1/completions", JSON.stringify({ model, prompt: canary, temperature: canary }));
    await post("/v1/completions", JSON.stringify({ model: canary, prompt: canary }));
    await post("/v1/completions", JSON.stringify({ model, prompt: `${canary} `.repeat(200) }));
    await client.ask("chat:send", {
      requestId: randomId(),
      modelId: model,
      text: canary,
      nonsense: canary,
      sampling: canary,
    });
    await client.ask("conversation:open", { conversationId: canary });
    // The reply is lost in the middle.
    const lost = await client.send(`${canary} again`, {
      conversationId: conversation.id,
      parentId: reply.id,
      sampling: { ignoreEos: true, maxTokens: 400 },
    });
    await client.follow(lost.reply.generationId ?? "");
    await client.untilText(lost.reply.generationId ?? "");
    const { models } = JSON.parse(await (await fetch(`${url}/api/slots`)).text());
    process.kill(models[0].processId, "SIGKILL");
    await client.untilEnd(lost.reply.generationId ?? "");
    await watch();
    client.close();
    cria.kill("SIGTERM");
    await ended;

    expect(output).toContain("generation ended");
    expect(output).toContain("a worker died");
    for (const place of [output, ...watched]) {
      expect(place).not.toContain("Xylophonquark");
      expect(place).not.toContain("Geheimnis");
      expect(place).not.toContain(text.trim().slice(0, 24));
    }
    expect(text.trim().length).toBeGreaterThanOrEqual(24);
  } finally {
    cria.kill("SIGKILL");
    await ended;
    await home.remove();
  }
});
