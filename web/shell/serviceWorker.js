// Keeps the built page (never an answer of the server, never a conversation), so that the page opens when the server cannot be
// reached. Written to /serviceWorker.js by web/shell/shellWorker.ts, which fills in the files.

/** @type {{version: string, files: string[]}} */
const shell = __SHELL__;
const cacheName = `cria-shell-${shell.version}`;
const files = new Set(shell.files);
/** The addresses for which the server gives the page. */
const pagePath = /^\/(c\/[^/]+\/?|models|completion|compare|server)?$/;

async function keepShell() {
  const cache = await caches.open(cacheName);
  // Only the page itself: without a token that counts, or after an update in between, it is another one.
  const page = await fetch("/", { cache: "no-store" });
  const html = page.ok ? await page.clone().text() : "";
  if (!shell.files.filter((file) => file.endsWith(".js") && html.includes(file)).length) throw new Error("no page");
  await cache.addAll(shell.files);
  await cache.put("/", page);
}

/** The version before stays too: other windows may still show it and load its parts. */
async function forgetOldShells() {
  const old = (await caches.keys()).filter((name) => name.startsWith("cria-shell-") && name !== cacheName);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
}

/** The server's own answer whenever there is one, the log-in page and errors too; the kept page only when there is none. */
async function openPage(event) {
  try {
    // The browser's own request, so that cookies and headers are those of a navigation without a worker.
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    const cache = await caches.open(cacheName);
    return (await cache.match("/")) ?? Response.error();
  }
}

/** Files with a hash in their name never change; the others are asked for anew as long as that is possible. */
async function openFile(request, path) {
  if (path.startsWith("/assets/")) return (await caches.match(path)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(path)) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOldShells()));
self.addEventListener("message", (event) => {
  if (event.data === "takeOver") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    // A log-in by link is between the browser and the server alone.
    if (pagePath.test(url.pathname) && !url.searchParams.has("token")) event.respondWith(openPage(event));
  } else if (files.has(url.pathname)) event.respondWith(openFile(request, url.pathname));
});
