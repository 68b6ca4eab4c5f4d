import type { Operation } from "./description.js";
import { element } from "./element.js";
import { replyText } from "./replyText.js";
import { words } from "./words.js";

/** The place where a request is tried: its body to change, a button, and the answer as it comes. */
export function tryIt(operation: Operation): HTMLElement {
  const example = operation.requestBody?.content["application/json"]?.example;
  const hasBody = operation.requestBody !== undefined;
  const body = element("textarea", { id: "body", spellcheck: "false", rows: "12" });
  body.value = example === undefined ? "" : JSON.stringify(example, null, 2);
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const parts = new Map(names.map((name) => [name, element("input", { id: `part-${name}`, value: "alpaca.demo" })]));
  const send = element("button", { type: "submit" }, words.send);
  const stop = element("button", { type: "button", class: "quiet-button", disabled: "" }, words.stop);
  const status = element("p", { class: "status", role: "status" });
  const reply = element("p", { class: "words" });
  const answer = element("pre", { class: "answer", tabindex: "0", "aria-label": words.answer });
  const curl = element("pre", { class: "curl", tabindex: "0", "aria-label": words.terminalLabel });
  const form = element("form", { class: "try" });
  for (const [name, input] of parts) form.append(element("label", { for: input.id }, name), input);
  if (hasBody) form.append(element("label", { for: "body" }, words.body), body);
  form.append(
    element("div", { class: "buttons" }, send, stop),
    status,
    reply,
    answer,
    element("h3", {}, words.terminal),
    curl,
  );

  const path = () =>
    [...parts].reduce(
      (text, [name, input]) => text.replace(`{${name}}`, encodeURIComponent(input.value)),
      operation.path,
    );
  const showCurl = () => {
    const quoted = body.value.replaceAll("'", "'\\''");
    const data = hasBody ? ` \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'` : "";
    curl.textContent = `curl ${location.origin}${path()}${data}`;
  };
  form.addEventListener("input", showCurl);
  showCurl();

  let running: AbortController | undefined;
  stop.addEventListener("click", () => running?.abort());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    running?.abort();
    const abort = new AbortController();
    running = abort;
    answer.textContent = "";
    reply.textContent = "";
    stop.disabled = false;
    const request: RequestInit = {
      method: operation.method,
      signal: abort.signal,
      ...(hasBody ? { headers: { "content-type": "application/json" }, body: body.value } : {}),
    };
    void show(path(), request, { status, reply, answer }).finally(() => {
      if (running !== abort) return;
      stop.disabled = true;
      running = undefined;
    });
  });
  return form;
}

/** Sends the request and shows what comes, piece by piece. Never rejects. */
async function show(
  path: string,
  request: RequestInit,
  { status, reply, answer }: { status: HTMLElement; reply: HTMLElement; answer: HTMLElement },
): Promise<void> {
  const startMs = performance.now();
  const seconds = () => `${((performance.now() - startMs) / 1000).toFixed(2)} s`;
  status.textContent = words.waiting;
  status.dataset.outcome = "waiting";
  try {
    const response = await fetch(path, request);
    const first = seconds();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
      answer.append(piece.value);
      reply.textContent = replyText(answer.textContent ?? "");
      answer.scrollTop = answer.scrollHeight;
    }
    answer.textContent = indented(answer.textContent ?? "");
    status.textContent = words.ended(`${response.status} ${response.statusText}`, first, seconds());
    status.dataset.outcome = response.ok ? "good" : "bad";
  } catch (error) {
    const stopped = error instanceof DOMException && error.name === "AbortError";
    status.textContent = stopped ? words.stopped(seconds()) : words.unreachable;
    status.dataset.outcome = stopped ? "waiting" : "bad";
  }
}

/** An answer that is one JSON text is easier to read on several lines. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
