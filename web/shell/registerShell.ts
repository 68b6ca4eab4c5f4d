const workerPath = "/serviceWorker.js";
const checkMs = 3600_000;

/** The one script that this page may start as a worker. */
function workerUrl(): string {
  const factory = (
    window as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }
  ).trustedTypes;
  if (!factory) return workerPath;
  return factory.createPolicy("cria-shell", { createScriptURL: () => workerPath }).createScriptURL(workerPath);
}

let registered: Promise<ServiceWorkerRegistration | undefined> | undefined;

function register(): Promise<ServiceWorkerRegistration | undefined> {
  // Plain-http addresses other than this machine's own have no service workers; the page works without.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return Promise.resolve(undefined);
  return navigator.serviceWorker.register(workerUrl(), { updateViaCache: "none" }).catch(() => undefined);
}

/**
 * Lets the browser keep the page, so that it opens without the server. `onUpdate` is called when a newer page has been fetched;
 * `apply` shows it. Nothing changes under a reader who does not ask for it. Returns how to stop.
 */
export function registerShell(onUpdate: (apply: () => void) => void): () => void {
  registered ??= register();
  let stopped = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  void registered.then((registration) => {
    if (!registration || stopped) return;
    const tell = () => {
      const { waiting } = registration;
      // Without a worker in charge the page is new itself.
      if (stopped || !waiting || !navigator.serviceWorker.controller) return;
      onUpdate(() => {
        navigator.serviceWorker.addEventListener("controllerchange", () => window.location.reload(), { once: true });
        waiting.postMessage("takeOver");
      });
    };
    tell();
    registration.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing?.addEventListener("statechange", tell);
    });
    timer = setInterval(() => void registration.update().catch(() => undefined), checkMs);
  });
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}

/** Asks whether there is a newer page: after the connection came back the server may be a newer one. */
export async function checkForUpdate(): Promise<void> {
  const registration = await registered;
  await registration?.update().catch(() => undefined);
}
