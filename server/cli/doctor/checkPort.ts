import { createServer } from "node:net";
import type { Config } from "../../platform/config.js";
import { readHolder } from "../../storage/HomeLock.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

/** Whether the server could listen where it is told to, or does already. */
export async function checkPort({
  host,
  port,
  homePath,
}: Pick<Config, "host" | "port" | "homePath">): Promise<Finding> {
  const code = await tryToListen(host, port);
  if (code === undefined) return ok("port", `${host}:${port} is free`);
  if (code !== "EADDRINUSE")
    return problem(
      "port",
      `Cria cannot listen on ${host}:${port} (${code}).`,
      "Choose another one: cria serve --port 3000",
    );
  const url = readHolder(homePath)?.url;
  if (url !== undefined && new URL(url).port === String(port) && (await isCria(url)))
    return ok("port", `${host}:${port} is Cria's own: it runs at ${url}`);
  return warning(
    "port",
    `${host}:${port} is taken by another program.`,
    `Choose another one: cria serve --port ${port < 65_535 ? port + 1 : 3000}`,
  );
}

/** The system's code for why not. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

async function isCria(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(3000) });
    return response.ok && "status" in ((await response.json()) as object);
  } catch {
    return false;
  }
}
