import OpenAI, { APIError } from "openai";
import { checkedFetch } from "./checkedFetch.js";

/** The official client, which checks every answer of the server at `url` and tries nothing twice. */
export function openAiClient(url: string, apiKey = "none"): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, fetch: checkedFetch });
}

/** What the client throws for `request`. */
export async function refusalOf(request: Promise<unknown>): Promise<APIError> {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof APIError)) throw new Error(`expected an APIError, got ${String(error)}`);
  return error;
}
