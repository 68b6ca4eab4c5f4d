import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/**
 * CI tries a failed test once more and marks it "retry x1": real processes, sockets and a browser share two cores there. A test that
 * needs it has a fault to mend all the same (docs/contributing.md). At home nothing is tried twice.
 */
const retry = process.env.CI === "true" ? 1 : 0;

/** Vitest's one second is too short for real processes on a busy machine; a poll that comes true ends at once all the same. */
const patient = { poll: { timeout: 20_000 } };

/**
 * From Node 25 on there is a `localStorage` that has no file to keep anything in, and the environment that stands in for a browser leaves
 * it where it is.
 */
const withoutNodesStorage = process.allowedNodeEnvironmentFlags.has("--webstorage") ? ["--no-webstorage"] : [];

// Server tests run the compiled output, so that what is tested is what ships and a forked worker is a real file.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "server",
          include: ["dist/server/**/*.test.js"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: patient,
          retry,
        },
      },
      // The fuzzers as long as docs/security.md promises; the server project runs them briefly.
      {
        test: {
          name: "fuzz",
          include: ["dist/server/test/fuzz/*.test.js"],
          env: { CRIA_FUZZ: "long" },
          testTimeout: 14 * 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          expect: patient,
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
          execArgv: withoutNodesStorage,
          testTimeout: 30_000,
          retry,
        },
      },
      {
        test: {
          name: "browser",
          include: ["dist/web-e2e/**/*.test.js"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          expect: patient,
          retry,
        },
      },
    ],
  },
});
