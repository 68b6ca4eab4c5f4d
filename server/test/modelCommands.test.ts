import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packagePath } from "../platform/paths.js";
import { tinyCheckpoints } from "../weights/fixtures/tinyCheckpoints.js";
import { ggmlFile } from "../weights/ggml/fixtures/ggmlFile.js";
import { smallModel } from "../weights/ggml/fixtures/smallModel.js";
import { tokenizerModel } from "../weights/ggml/fixtures/tokenizerModel.js";
import { LocalHub } from "./LocalHub.js";
import { makeCheckpoint } from "./makeCheckpoint.js";

let demo: Buffer;
let hub: LocalHub;
let home: string;

beforeAll(async () => {
  demo = await readFile(join(packagePath, "models", "demo", "demo-q8_0.gguf"));
});
beforeEach(async () => {
  hub = await LocalHub.start();
  hub.add("tiny/Tiny-7M-GGUF", { "Tiny-7M-Q8_0.gguf": demo }, { license: "mit" });
  home = await mkdtemp(join(tmpdir(), "cria-cli-"));
});
afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true, force: true });
});

/** Runs the program as people do; `onOutput` sees what it has printed so far. */
function cria(args: string[], onOutput: (output: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const child = spawn(process.execPath, [join(packagePath, "dist/server/cli/main.js"), ...args], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      CRIA_HOME: join(home, ".cria"),
      HF_ENDPOINT: hub.endpoint,
      HF_HOME: join(home, "no-hf"),
      HOME: home,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onOutput(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
}
const modelsPath = (...path: string[]) => join(home, ".cria", "models", ...path);

describe("cria install, list, show, verify, remove", () => {
  it("install a model, tell what it is, check it and delete it", async () => {
    const installed = await cria(["install", "tiny/Tiny-7M-GGUF:q8_0", "--as", "my.tiny"]);
    expect(installed).toMatchObject({ code: 0, stderr: "" });
    expect(installed.stdout).toContain("licence mit");
    expect(installed.stdout).toMatch(/Fetching Tiny-7M-Q8_0\.gguf \(7\.4 MB\) from tiny\/Tiny-7M-GGUF/);
    expect(installed.stdout).toContain("my.tiny is installed: Q8_0, 7.4 MB.");

    expect((await cria(["list"])).stdout).toMatch(/my\.tiny +7\.4 MB +Q8_0 +512 /);
    const [first] = JSON.parse((await cria(["list", "--json"])).stdout);
    expect(first).toMatchObject({ id: "my.tiny", sizeBytes: demo.length, quantization: "Q8_0" });

    const shown = await cria(["show", "MY.Tiny"]);
    expect(shown.stdout).toMatch(/Source +tiny\/Tiny-7M-GGUF at [0-9a-f]{40}/);
    expect(JSON.parse((await cria(["show", "my.tiny", "--json"])).stdout)).toMatchObject({
      manifest: { id: "my.tiny" },
      weights: { architecture: "llama", parameterCount: 6_819_072, hasChatTemplate: true },
    });

    expect(await cria(["verify", "my.tiny"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is whole and loads"),
    });
    const file = modelsPath(
      "my",
      "tiny",
      (await readdir(modelsPath("my", "tiny"))).find((name) => name.endsWith(".gguf")) ?? "",
    );
    const weights = await readFile(file);
    weights[weights.length - 100] = (weights[weights.length - 100] ?? 0) ^ 1;
    await writeFile(file, weights);
    expect(await cria(["verify", "my.tiny"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is damaged: its checksum"),
    });

    const chosen = join(home, ".cria", "loading");
    await mkdir(chosen);
    await writeFile(join(chosen, "my.tiny.json"), '{"contextTokens":256}');
    expect(await cria(["remove", "my.tiny"])).toMatchObject({ code: 0, stdout: "my.tiny is removed.\n" });
    expect(await readdir(chosen)).toEqual([]);
    expect(await readdir(modelsPath())).toEqual([]);
  });

  it.each([
    ["install", "alpaca.demo"],
    ["install", "Demo"],
    ["alpaca", "install", "demo"],
  ])("say of the model that ships that it is there, after %s %s", async (...words) => {
    expect(await cria(words)).toEqual({
      code: 0,
      stdout: "alpaca.demo ships with Cria and is ready to use.\nTalk to it: cria chat demo\n",
      stderr: "",
    });
    expect((await cria([...words, "--json"])).stdout).toBe('{"event":"shipped","modelId":"alpaca.demo"}\n');
  });

  it("take the short name that chats take", async () => {
    expect(JSON.parse((await cria(["show", "Demo", "--json"])).stdout)).toMatchObject({
      manifest: { id: "alpaca.demo" },
    });
    expect((await cria(["verify", "demo"])).stdout).toContain("alpaca.demo is whole and loads");
    expect((await cria(["tune", "demo", "--forget", "--json"])).stdout).toBe('{"id":"alpaca.demo","forgotten":true}\n');
    expect((await cria(["install", "tiny/Tiny-7M-GGUF"])).code).toBe(0);
    expect((await cria(["remove", "7m"])).stdout).toBe("tiny.7M is removed.\n");
  });

  it("print one event a line with --json", async () => {
    const { code, stdout } = await cria(["install", "tiny/Tiny-7M-GGUF", "--json"]);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: "progress", step: "resolving" });
    expect(events.at(-1)).toMatchObject({ event: "installed", manifest: { id: "tiny.7M" } });
    const failed = await cria(["install", "tiny/missing", "--json"]);
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      event: "failed",
      error: { code: "hub_not_found" },
    });
  });

  it("take Dalai's words for LLaMA's sizes, whatever their case", async () => {
    const asked = await cria(["llama", "install", "7b"]);
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining("huggyllama/llama-7b") });
    const byDefault = await cria(["alpaca", "install"]);
    expect(byDefault.stderr).toContain("alpaca.7B: not installed.");
    const unknown = await cria(["llama", "install", "99B"]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no llama 99B\.\nThere are 7B, 13B, 30B, 65B/),
    });
    expect(await cria(["llama", "installed"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No models are installed"),
    });
  });

  it("go on after Ctrl-C", async () => {
    hub.bytesPerSecond = 1_000_000;
    let underWay = false;
    hub.onSent = (total) => {
      if (total > 2_000_000) underWay = true;
    };
    let pressed = false;
    const stopped = cria(["install", "tiny/Tiny-7M-GGUF", "--json"], (_, kill) => {
      // Once: a second one could come after the program has said its last word and ends it as any program.
      if (underWay && !pressed) kill("SIGINT");
      pressed = underWay;
    });
    const { code, stdout } = await stopped;
    expect(code).toBe(130);
    expect(stdout.trim().split("\n").at(-1)).toBe('{"event":"stopped"}');
    hub.bytesPerSecond = undefined;
    expect((await cria(["list"])).stdout).toContain(
      'tiny.7M is not finished: "cria install tiny/Tiny-7M-GGUF" goes on with it',
    );
    const before = hub.sentBytes();
    expect((await cria(["install", "tiny/Tiny-7M-GGUF"])).code).toBe(0);
    expect(hub.sentBytes() - before).toBeLessThan(demo.length - 1_000_000);
  });

  it("say of several installs why each of them failed", async () => {
    const { code, stdout, stderr } = await cria(["install", "nobody/nothing", "tiny/Tiny-7M-GGUF", "7b"]);
    expect(code).toBe(1);
    expect(stdout).toContain("tiny.7M is installed");
    expect(stderr).toMatch(
      /^nobody\/nothing: not installed\.\nThe hub has no repository nobody\/nothing.*\n.*\n7b: not installed\.\nThere is no model called "7b".*\n.*\n$/,
    );
  });

  it.each([
    [["install"], /^Something is missing: cria install/],
    [["install", "nothing-like-that"], /no model called "nothing-like-that"/],
    [["install", "./nothing.gguf"], /no file or folder/],
    [["install", "tiny/Tiny-7M-GGUF", "--quantize", "Q9"], /no quantization "Q9"/],
    [["install", "tiny/Tiny-7M-GGUF", "--threads", "many"], /--threads cannot be "many"/],
    [["install", "tiny/Tiny-7M-GGUF", "--as", "../x"], /"\.\.\/x" is not a model id/],
    [["install", "a/b", "c/d", "--as", "x.y"], /--as names one model/],
    [["llama", "frobnicate"], /has no "frobnicate"/],
    [["show", "llama.7B"], /No model called "llama\.7B"/],
    [["remove", "demo"], /ships with Cria cannot be removed/],
    [["remove", "alpaca.demo"], /ships with Cria cannot be removed/],
    [["remove", "../../x"], /No model called/],
    [["import", ""], /No folder is given/],
    [["import", "."], /no models of the ggml format/],
    [["import", "./nowhere"], /no folder .*nowhere/],
    [["install", "13b"], /There are llama\.13B, alpaca\.13B\. /],
    [["llama"], /What shall be done with llama\?\n.*cria llama install 7B/],
    [["quantize", "a.gguf", "b.gguf", "Q4"], /no quantization "Q4"/],
    [["convert", "nothing", "out.gguf"], /"nothing" is no checkpoint: no file or folder/],
    [["convert", "llama.7B", "out.gguf"], /"llama\.7B" is no checkpoint/],
    [["import", "notes.txt"], /notes\.txt is a file\.\nInstall it alone: cria install notes\.txt/],
  ])("say in one line what is wrong with %j", async (args, message) => {
    await writeFile(join(home, "notes.txt"), "");
    const { code, stderr } = await cria(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(3);
  });
});

describe("cria convert and quantize", () => {
  it("make GGUF files of a folder and of each other", async () => {
    await mkdir(join(home, "tiny"));
    for (const [name, content] of Object.entries(tinyCheckpoints.get("safetensors F16")?.() ?? {}))
      await writeFile(join(home, "tiny", name), content instanceof Uint8Array ? content : JSON.stringify(content));
    expect(await cria(["convert", "tiny", "f16.gguf"])).toMatchObject({ code: 0 });
    expect(await cria(["quantize", "f16.gguf", "q8.gguf", "q8_0", "--json"])).toMatchObject({ code: 0 });
    expect(await cria(["convert", "tiny", "direct.gguf", "--quantize", "Q8_0", "--threads", "1"])).toMatchObject({
      code: 0,
    });
    const [quantized, direct] = [await readFile(join(home, "q8.gguf")), await readFile(join(home, "direct.gguf"))];
    // Tensors are in another order, so only their sizes are compared here.
    expect(direct.length).toBe(quantized.length);
    expect(await cria(["convert", "tiny", ".", "--force"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(" is a folder.\n"),
    });
    const again = await cria(["convert", "tiny", "f16.gguf"]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
    expect(await readdir(home)).not.toContain("f16.gguf.partial");
  });

  it("fetch what lies on the hub, add to it, and keep only the result", async () => {
    const files = Object.fromEntries(
      Object.entries(tinyCheckpoints.get("safetensors BF16 shards")?.() ?? {}).map(([name, content]) => [
        name,
        content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content)),
      ]),
    );
    hub.add("tiny/checkpoint", files);
    expect(
      await cria(["convert", "tiny/checkpoint", "sum.gguf", "--add-diff", "tiny/checkpoint", "--quantize", "Q4_0"]),
    ).toMatchObject({ code: 0 });
    expect(await readdir(home)).toEqual(["sum.gguf"]);
  });
});

describe("cria convert of a repository", () => {
  const files = () => {
    const made = makeCheckpoint({ embedding: 128, layers: 2, heads: 4, keyValueHeads: 4, feedForward: 256, shards: 2 });
    return Object.fromEntries(Object.entries(made).sort());
  };

  it("goes on with the files that an earlier run fetched, and says where they are", async () => {
    hub.add("tiny/checkpoint", files());
    hub.fail({ host: "cdn", path: "model-00002", action: { type: "status", status: 404 } });
    const failed = await cria(["convert", "tiny/checkpoint", "out.gguf"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/What was fetched is kept in .*out\.gguf\.source-0: the same command goes on/);
    hub.heal();
    const before = hub.sentBytes("model-00001");
    expect(await cria(["convert", "tiny/checkpoint", "out.gguf"])).toMatchObject({ code: 0, stderr: "" });
    expect(hub.sentBytes("model-00001")).toBe(before);
    expect(await readdir(home)).not.toContain("out.gguf.source-0");
  });

  it("takes no file of another repository that was to be converted under the same name", async () => {
    hub.add("tiny/checkpoint", files());
    hub.add("other/checkpoint", {
      ...files(),
      "model-00002-of-00002.safetensors": Buffer.from("not even a header"),
      "params.json": Buffer.from("{}"),
    });
    expect(await cria(["convert", "other/checkpoint", "out.gguf"])).toMatchObject({ code: 1 });
    expect(await cria(["convert", "tiny/checkpoint", "out.gguf"])).toMatchObject({ code: 0, stderr: "" });
    expect(await cria(["convert", "tiny/checkpoint", "alone.gguf"])).toMatchObject({ code: 0 });
    expect(await readFile(join(home, "out.gguf"))).toEqual(await readFile(join(home, "alone.gguf")));
  });

  it("leaves a folder alone that has something else in it", async () => {
    hub.add("tiny/checkpoint", files());
    await mkdir(join(home, "out.gguf.source-0"));
    await writeFile(join(home, "out.gguf.source-0", "diary.txt"), "mine");
    const { code, stderr } = await cria(["convert", "tiny/checkpoint", "out.gguf"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("has other files in it")]);
    expect(await readdir(join(home, "out.gguf.source-0"))).toEqual(["diary.txt"]);
  });
});

describe("Ctrl-C", () => {
  it.each([
    [["convert", "big", "out.gguf", "--quantize", "Q5_K_M"], "Converting"],
    [["quantize", "big.gguf", "out.gguf", "Q5_K_M"], "Quantizing"],
  ])("ends %j with the status of an interrupted program and leaves nothing half done", async (args, word) => {
    const made = makeCheckpoint({
      embedding: 1024,
      layers: 4,
      heads: 8,
      keyValueHeads: 8,
      feedForward: 2816,
      shards: 1,
    });
    await mkdir(join(home, "big"));
    for (const [name, content] of Object.entries(made)) await writeFile(join(home, "big", name), content);
    if (args[0] === "quantize") await cria(["convert", "big", "big.gguf"]);
    const before = await readdir(home);
    for (const json of [true, false]) {
      let pressed = false;
      const { code, stdout, stderr } = await cria([...args, ...(json ? ["--json"] : [])], (output, kill) => {
        if (!pressed && output.includes(word)) kill("SIGINT");
        pressed ||= output.includes(word);
      });
      expect(code).toBe(130);
      if (json) expect([stdout.trim().split("\n").at(-1), stderr]).toEqual(['{"event":"stopped"}', ""]);
      else expect(stderr).toBe("Stopped.\n");
    }
    expect(await readdir(home)).toEqual(before);
  });
});

describe("cria import", () => {
  it("installs what Dalai and alpaca.cpp left, under Dalai's names", async () => {
    const content = smallModel("ggml", "Q4_0", { keyValueHeadCount: 4 });
    const write = async (path: string, file: Uint8Array) => {
      await mkdir(join(home, path, ".."), { recursive: true });
      await writeFile(join(home, path), file);
    };
    for (const family of ["alpaca", "llama"]) {
      await write(`dalai/${family}/models/7B/ggml-model-q4_0.bin`, ggmlFile(content));
      await write(`dalai/${family}/models/7B/tokenizer.model`, tokenizerModel(content.vocabulary));
    }
    await write("dalai/llama/models/7B/ggml-model-f16.bin", Buffer.from("not the one"));
    await write("dalai/llama/models/ggml-vocab.bin", Buffer.from("no model"));
    await write("dalai/llama/models/13B/ggml-model-q4_0.bin", Buffer.from("cut off"));
    const { code, stdout, stderr } = await cria(["import", "dalai"]);
    expect(stderr).toMatch(/13B.* is left out/);
    expect(stdout).toContain("alpaca.7B is installed: Q4_0");
    expect(stdout).toContain("llama.7B is installed: Q4_0");
    expect(code).toBe(0);
    const listed = JSON.parse((await cria(["list", "--json"])).stdout);
    expect(listed.map((model: { id: string; kind: string }) => [model.id, model.kind])).toEqual([
      ["alpaca.7B", "instruction"],
      ["llama.7B", "completion"],
      ["alpaca.demo", "instruction"],
    ]);
  });
});
