import { HttpClient } from "../../install/download/HttpClient.js";
import { NetworkPolicy } from "../../install/download/NetworkPolicy.js";
import { networkError } from "../../install/download/networkError.js";
import { type ProxySettings, readProxySettings } from "../../install/download/ProxySettings.js";
import { type HubSettings, readHubSettings } from "../../install/hub/hubSettings.js";
import { AppError } from "../../platform/AppError.js";
import { TransientError } from "../../platform/retry.js";
import { version } from "../../platform/version.js";
import { type Finding, ok, problem, warning } from "./Finding.js";

const answerTimeoutMs = 10_000;

/** Whether models can be fetched from the hub. Without it everything but installing works. */
export async function checkHub(environment: NodeJS.ProcessEnv = process.env): Promise<Finding> {
  let settings: HubSettings;
  let proxy: ProxySettings | undefined;
  try {
    settings = readHubSettings(environment);
    proxy = readProxySettings(environment);
  } catch (error) {
    const { message, hint } = AppError.from(error);
    return problem("hub", message, hint ?? "Unset HF_ENDPOINT.");
  }
  if (settings.offline) return ok("hub", "not asked, as HF_HUB_OFFLINE says");
  const { host } = settings.endpoint;
  const http = new HttpClient({
    policy: new NetworkPolicy(settings),
    userAgent: `cria/${version}`,
    proxy,
    connectTimeoutMs: answerTimeoutMs,
    headersTimeoutMs: answerTimeoutMs,
  });
  try {
    const startMs = performance.now();
    const answer = await http.get({ url: settings.endpoint });
    const tookMs = Math.round(performance.now() - startMs);
    await answer.body.dump();
    // What it answers to its bare address is its own affair; a server that fails is not.
    return answer.status < 500
      ? ok("hub", `${host} answers in ${tookMs} ms`)
      : warning("hub", `${host} answers with an error (${answer.status}).`, "Nothing to do here: try again later.");
  } catch (error) {
    const described = networkError(error, host);
    const { message } = AppError.from(described instanceof TransientError ? described.error : described);
    return warning(
      "hub",
      message,
      `Models cannot be fetched until this machine reaches it; those that are installed work. ${proxy === undefined ? "Behind a mirror, set HF_ENDPOINT." : "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which proxy is used, and for what."}`,
    );
  } finally {
    await http.close();
  }
}
