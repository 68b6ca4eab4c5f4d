import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const serverOrigin = `http://127.0.0.1:${process.env.CRIA_PORT ?? "3000"}`;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    // Every asset is a file: the page's content policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
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
