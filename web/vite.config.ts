import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { shellWorker } from "./shell/shellWorker.ts";

const serverOrigin = `http://127.0.0.1:${process.env.CRIA_PORT ?? "3000"}`;

/** KaTeX names each font in three formats; every browser that can show this page reads the first. */
function oneFontFormat(): Plugin {
  return {
    name: "one-font-format",
    enforce: "pre",
    transform(css, id) {
      if (!id.includes("katex") || !id.endsWith(".css")) return undefined;
      return css.replace(/,url\([^)]+\.(?:woff|ttf)\) format\("[a-z]+"\)/g, "");
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), oneFontFormat(), shellWorker()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // Every asset is a file: the page's content policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // firstLoad.test.ts holds what a first load may weigh, over the wire; Vite would warn whoever types `npm start` of a file's own size.
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
    rollupOptions: { input: [`${import.meta.dirname}/index.html`, `${import.meta.dirname}/docs/index.html`] },
  },
  server: {
    proxy: {
      "/socket.io": { target: serverOrigin, ws: true },
      "/health": serverOrigin,
      "/api": serverOrigin,
      "/v1": serverOrigin,
      "/openapi.json": serverOrigin,
    },
  },
});
