import { described } from "./described.js";
import { type Description, type Operation, resolve } from "./description.js";
import { element } from "./element.js";
import { fieldRows } from "./fieldRows.js";
import { tryIt } from "./tryIt.js";
import { words } from "./words.js";

/** Everything about one request. */
export function operationView(operation: Operation, description: Description): HTMLElement[] {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const answers = operation.responses["200"]?.content ?? {};
  const parts = [
    element(
      "h2",
      {},
      element("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method),
      " ",
      element("code", {}, operation.path),
    ),
    element(
      "p",
      { class: "summary" },
      described(operation.summary),
      ".",
      ...(operation.description ? [" ", described(operation.description)] : []),
    ),
    element("h3", {}, words.tryIt),
    tryIt(operation),
  ];
  if (body !== undefined) parts.push(element("h3", {}, words.body), fieldTable(resolve(body, description), words.body));
  for (const [contentType, { schema }] of Object.entries(answers)) {
    const name = contentType === "application/json" ? words.answer : words.piece;
    parts.push(
      element("h3", {}, `${name} `, element("small", {}, contentType)),
      fieldTable(resolve(schema, description), `${name}, ${contentType}`),
    );
  }
  return parts;
}

function fieldTable(schema: Parameters<typeof fieldRows>[0], label: string): HTMLElement {
  const rows = fieldRows(schema).map(({ name, required, type, description }) =>
    element(
      "tr",
      {},
      element(
        "th",
        { scope: "row" },
        element("code", {}, name),
        ...(required ? [" ", element("em", {}, words.required)] : []),
      ),
      element("td", {}, type),
      element("td", {}, ...(description === "" ? [] : [described(description)])),
    ),
  );
  const heads = [words.field, words.holds, words.means].map((text) => element("th", { scope: "col" }, text));
  return element(
    "div",
    { class: "table", role: "region", tabindex: "0", "aria-label": label },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)),
  );
}
