import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Server tests run the compiled output, so that what is tested is what ships and a forked worker is a real file.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "server", include: ["dist/server/**/*.test.js"], testTimeout: 180_000, hookTimeout: 180_000 } },
      // The fuzzers as long as docs/security.md promises; the server project runs them briefly.
      {
        test: {
          name: "fuzz",
          include: ["dist/server/test/fuzz/*.test.js"],
          env: { CRIA_FUZZ: "long" },
          testTimeout: 14 * 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        plugins: [react()],
        test: {
          name: "web",
          root: "web",
          include: ["**/*.test.{ts,tsx}"],
          exclude: ["e2e/**"],
          environment: "happy-dom",
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["dist/web-e2e/**/*.test.js"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
