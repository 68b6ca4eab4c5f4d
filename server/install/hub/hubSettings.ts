import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../platform/AppError.js";
import { userFolder } from "../../platform/userFolder.js";

/** Which hub, and who asks. The variables are those of Hugging Face's own tools: huggingface_hub, `constants.py`. */
export interface HubSettings {
  endpoint: URL;
  /** HF_ENDPOINT was set. */
  endpointConfigured: boolean;
  token: string | undefined;
  /** HF_HUB_OFFLINE: nothing may be asked of the hub. */
  offline: boolean;
}

const isOn = (value: string | undefined) => ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());

/** Throws `config_invalid` when HF_ENDPOINT is no http(s) address. */
export function readHubSettings(environment: NodeJS.ProcessEnv = process.env): HubSettings {
  const configured = environment.HF_ENDPOINT?.trim();
  return {
    endpoint: parseEndpoint(configured || "https://huggingface.co"),
    endpointConfigured: Boolean(configured),
    token: readToken(environment),
    offline: isOn(environment.HF_HUB_OFFLINE),
  };
}

function parseEndpoint(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text.replace(/\/+$/, ""));
  } catch {
    // Falls through to the one error below.
  }
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:") && url.username === "") return url;
  throw new AppError("config_invalid", `HF_ENDPOINT cannot be "${text}".`, {
    hint: "It is the hub's address, such as https://huggingface.co.",
    field: "HF_ENDPOINT",
  });
}

/** HF_TOKEN, or else the file that `hf auth login` wrote. */
function readToken(environment: NodeJS.ProcessEnv): string | undefined {
  const clean = (text: string | undefined) => text?.replace(/[\r\n]/g, "").trim() || undefined;
  const fromVariable = clean(environment.HF_TOKEN) ?? clean(environment.HUGGING_FACE_HUB_TOKEN);
  if (fromVariable !== undefined) return fromVariable;
  if (isOn(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const cachePath = environment.XDG_CACHE_HOME || join(environment.HOME || userFolder(), ".cache");
  const hubHome = environment.HF_HOME || join(cachePath, "huggingface");
  try {
    return clean(readFileSync(environment.HF_TOKEN_PATH || join(hubHome, "token"), "utf8"));
  } catch {
    return undefined;
  }
}
