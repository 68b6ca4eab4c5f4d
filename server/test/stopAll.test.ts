import { expect, it } from "vitest";
import { localPrincipal } from "../access/Principal.js";
import { scriptedProgram } from "../bench/scriptedProgram.js";
import type { GenerationLog } from "../chat/GenerationLog.js";
import { MemoryGenerationLog } from "../chat/MemoryGenerationLog.js";
import { openEngine } from "../openEngine.js";
import { createLogger } from "../platform/logger.js";
import { temporaryHome, testConfig } from "./TestServer.js";

it("does not wait at the close for the end of a reply that another node has taken over", async () => {
  const home = await temporaryHome();
  const takenOver = new AbortController();
  const openLog = (): GenerationLog => {
    const log = new MemoryGenerationLog();
    const { append } = log;
    // Whoever writes the log now is the only one who can end it.
    log.append = (event) => event.type !== "end" && append.call(log, event);
    return Object.assign(log, { taken: takenOver.signal });
  };
  const worker = { program: scriptedProgram({ tokensPerSecond: 40 }) };
  const engine = await openEngine(testConfig(home.path), { worker, openLog }, createLogger("silent"));
  try {
    const { log } = engine.generations.start({
      by: localPrincipal,
      modelId: "alpaca.demo",
      input: { turns: [{ role: "user", content: "Go" }] },
    });
    await new Promise<void>((resolve) => log.subscribe(() => log.text !== "" && resolve()));
    const stopped = engine.generations.stopAll();
    expect(engine.generations.runningCount).toBe(1);
    takenOver.abort();
    await stopped;
    expect(log.ended).toBe(false);
    expect(engine.generations.runningCount).toBe(0);
  } finally {
    await engine.close();
    await home.remove();
  }
});
