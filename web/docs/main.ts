import { described } from "./described.js";
import { type Description, type Operation, operationsOf } from "./description.js";
import { element } from "./element.js";
import { operationView } from "./operationView.js";
import { words } from "./words.js";
import "../styles/tokens.css";
import "./docs.css";

const requests = document.querySelector("#requests");
const request = document.querySelector<HTMLElement>("#request");

/** The list of requests by interface. */
function showList(operations: readonly Operation[], { tags }: Description): void {
  for (const { name, description } of tags) {
    const links = operations
      .filter((operation) => operation.tags.includes(name))
      .map(({ method, path, anchor }) =>
        element(
          "li",
          {},
          element(
            "a",
            { href: `#${anchor}` },
            element("span", { class: `method ${method.toLowerCase()}` }, method),
            " ",
            element("code", {}, path),
          ),
        ),
      );
    requests?.append(
      element("h2", {}, name),
      element("p", { class: "quiet" }, described(description)),
      element("ul", {}, ...links),
    );
  }
}

/** The request that the address names, or the first one. */
function showRequest(operations: readonly Operation[], description: Description, focus: boolean): void {
  const wanted = operations.find(({ anchor }) => `#${anchor}` === location.hash) ?? operations[0];
  if (wanted === undefined) return;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${wanted.anchor}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  request?.replaceChildren(...operationView(wanted, description));
  if (!focus) return;
  request?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/** The frame's own texts, which are there in English before any script runs. */
function speakFrame(): void {
  document.documentElement.lang = words.locale;
  document.title = words.pageTitle;
  document.querySelector("h1")?.replaceChildren(words.title);
  requests?.setAttribute("aria-label", words.requests);
  request?.replaceChildren(element("p", { class: "quiet" }, words.loading));
}

async function start(): Promise<void> {
  speakFrame();
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const description: Description = await response.json();
    const operations = operationsOf(description);
    showList(operations, description);
    showRequest(operations, description, false);
    addEventListener("hashchange", () => showRequest(operations, description, true));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    request?.replaceChildren(element("p", { role: "alert" }, words.failed(reason)));
  }
}

void start();
