import type { Request } from "express";
import { mark, standaloneScript } from "./standalonePage.js";

/** What a browser shows at an address that has nothing: programs get the same as JSON. */
export const notFoundPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Cria: nothing here</title>
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/standalone.css">
</head>
<body>
<main>
${mark}
<h1 data-words="nothing">There is nothing at this address</h1>
<p data-words="perhaps">It may be mistyped, or what it led to is gone. Your chats are where they were.</p>
<a class="button" href="/" data-words="back">To your chats</a>
</main>
<script src="/not-found.js"></script>
</body>
</html>
`;

export const notFoundScript = standaloneScript({
  title: "Cria: hier ist nichts",
  nothing: "Unter dieser Adresse gibt es nichts",
  perhaps: "Vielleicht ist sie vertippt, oder es gibt nicht mehr, was dort war. Ihre Chats sind, wo sie waren.",
  back: "Zu Ihren Chats",
});

/** Addresses that programs use, also when somebody looks at one with a browser. */
const forPrograms = /^\/(v1|api|socket\.io|metrics|health|prompts|log(in|out))(\/|$)/i;

/**
 * Whether a person waits for a page: a browser says so with `Sec-Fetch-Mode`, or where it is not let know (plain HTTP from elsewhere)
 * by asking for HTML by name.
 */
export function opensPage(request: Request): boolean {
  if (!["GET", "HEAD"].includes(request.method) || forPrograms.test(request.path)) return false;
  const mode = request.get("Sec-Fetch-Mode");
  if (mode !== undefined && mode !== "navigate") return false;
  return /\btext\/html\b/i.test(request.get("Accept") ?? "");
}
