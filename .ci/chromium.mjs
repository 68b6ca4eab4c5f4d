import { existsSync } from "node:fs";

const usualPlaces = {
  linux: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  win32: ["C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"],
};

/** The browser that tests drive: CRIA_CHROMIUM, else the first one in a usual place. */
export function findChromium() {
  const candidates = [process.env.CRIA_CHROMIUM, ...(usualPlaces[process.platform] ?? [])];
  return candidates.find((path) => path !== undefined && path !== "" && existsSync(path));
}
