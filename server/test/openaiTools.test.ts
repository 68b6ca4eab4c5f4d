import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bareTemplate, installTemplateModel, plainTemplate, taggedTemplate } from "./installTemplateModel.js";
import { openAiClient, refusalOf } from "./openAiClient.js";
import { TestServer } from "./TestServer.js";

let cria: TestServer;
let client: OpenAI;
beforeAll(async () => {
  cria = await TestServer.start(async (home) => {
    await installTemplateModel(home, "tagged", taggedTemplate);
    await installTemplateModel(home, "bare", bareTemplate);
    await installTemplateModel(home, "plain", plainTemplate);
    await installTemplateModel(home, "both", plainTemplate, taggedTemplate);
  });
  client = openAiClient(cria.url);
});
afterAll(() => cria.close());

const messages = [{ role: "user" as const, content: "What is the weather in Lima?" }];
const tools = [
  {
    type: "function" as const,
    function: {
      name: "get_weather",
      description: "Weather of a city",
      parameters: {
        type: "object",
        properties: {
          city: { type: "string", maxLength: 12 },
          unit: { $ref: "#/$defs/unit" },
        },
        required: ["city", "unit"],
        $defs: { unit: { enum: ["C", "F"] } },
      },
    },
  },
  { type: "function" as const, function: { name: "get_time", parameters: { type: "object", properties: {} } } },
];

type Request = Partial<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming> & { grammar?: string };

function ask(model: string, extra: Request): Promise<OpenAI.Chat.ChatCompletion> {
  return client.chat.completions.create({ model, messages, tools, stream: false, ...extra });
}

const refusal = (model: string, extra: Request) => refusalOf(ask(model, extra));

const literal = (text: string) => `root ::= ${JSON.stringify(text)}`;

it("a template of its own for functions is used for them, and for nothing else", async () => {
  const withTools = await ask("test.both", { tool_choice: "required", max_tokens: 64 });
  expect(withTools.choices[0]?.message.tool_calls?.[0]).toMatchObject({ type: "function" });
  const promptTokens = async (model: string) => {
    const { usage } = await client.chat.completions.create({ model, messages, max_tokens: 1 });
    return usage?.prompt_tokens;
  };
  expect(await promptTokens("test.both")).toBe(await promptTokens("test.plain"));
  expect(withTools.usage?.prompt_tokens).toBeGreaterThan((await promptTokens("test.plain")) ?? 0);
});

describe.each(["test.tagged", "test.bare"])("%s", (model) => {
  it("is made to call with valid arguments when a call is required", async () => {
    for (const seed of [1, 2, 3]) {
      const { choices } = await ask(model, { tool_choice: "required", seed });
      const [call] = choices[0]?.message.tool_calls ?? [];
      if (call?.type !== "function") throw new Error(`no call: ${JSON.stringify(choices)}`);
      expect(call.id).toMatch(/^call_/);
      expect(["get_weather", "get_time"]).toContain(call.function.name);
      const given = JSON.parse(call.function.arguments);
      if (call.function.name === "get_weather") expect(["C", "F"]).toContain(given.unit);
      expect(choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    }
  });

  it("is made to call the function that was named, whole also at the token limit, answered and streamed", async () => {
    const choice = { type: "function" as const, function: { name: "get_weather" } };
    for (const limit of [4, 200]) {
      const { choices } = await ask(model, { tool_choice: choice, max_tokens: limit, seed: 1 });
      const [call] = choices[0]?.message.tool_calls ?? [];
      expect(call).toMatchObject({ function: { name: "get_weather" } });
      expect(choices[0]?.finish_reason).toBe(limit === 4 ? "length" : "tool_calls");
      const stream = client.chat.completions.stream({
        model,
        messages,
        tools,
        tool_choice: choice,
        max_tokens: 200,
        seed: 1,
      });
      const streamed = await stream.finalChatCompletion();
      const [again] = streamed.choices[0]?.message.tool_calls ?? [];
      expect(JSON.parse(again?.function.arguments ?? "")).toMatchObject({ unit: expect.stringMatching(/^[CF]$/) });
      if (limit === 200) expect(again).toMatchObject({ function: Reflect.get(call ?? {}, "function") });
      expect(streamed.choices[0]?.finish_reason).toBe("tool_calls");
    }
  });

  it("may answer with text when it is free to choose", async () => {
    const { choices } = await ask(model, { grammar: literal("It is {warm} there."), tool_choice: "auto" });
    expect(choices[0]).toMatchObject({ message: { content: "It is {warm} there." }, finish_reason: "stop" });
    expect(choices[0]?.message.tool_calls).toBeUndefined();
  });

  it("is not told of tools when none may be called", async () => {
    const { choices, usage } = await ask(model, { tool_choice: "none", max_tokens: 5 });
    expect(choices[0]?.message.tool_calls).toBeUndefined();
    const told = await ask(model, { max_tokens: 5 });
    expect(told.usage?.prompt_tokens).toBeGreaterThan((usage?.prompt_tokens ?? 0) + 20);
  });

  it("reads a conversation with calls and results", async () => {
    const conversation: OpenAI.Chat.ChatCompletionMessageParam[] = [
      ...messages,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Lima"}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "18 degrees" },
    ];
    const answer = await ask(model, { messages: conversation, max_tokens: 3 });
    const without = await ask(model, { max_tokens: 3 });
    expect(answer.usage?.prompt_tokens).toBeGreaterThan((without.usage?.prompt_tokens ?? 0) + 5);
  });
});

describe("calls that the model makes by itself", () => {
  const two =
    'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Lima"}}\n</tool_call>\n<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>';

  it("are found beside the text, several of them", async () => {
    const { choices } = await ask("test.tagged", { grammar: literal(two) });
    expect(choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: "Let me see.",
        tool_calls: [
          { type: "function", function: { name: "get_weather", arguments: '{"city":"Lima"}' } },
          { type: "function", function: { name: "get_time", arguments: "{}" } },
        ],
      },
    });
  });

  it("are streamed as the client's own gathering expects", async () => {
    const stream = await client.chat.completions.create({
      model: "test.tagged",
      messages,
      tools,
      stream: true,
      ...{ grammar: literal(two) },
    });
    let content = "";
    const calls: { name: string; arguments: string; id: string }[] = [];
    let reason: string | null | undefined;
    for await (const { choices } of stream) {
      const [choice] = choices;
      content += choice?.delta.content ?? "";
      reason = choice?.finish_reason ?? reason;
      for (const call of choice?.delta.tool_calls ?? []) {
        calls[call.index] ??= { name: "", arguments: "", id: "" };
        const known = calls[call.index];
        if (known === undefined) continue;
        known.name += call.function?.name ?? "";
        known.arguments += call.function?.arguments ?? "";
        known.id += call.id ?? "";
      }
    }
    expect(content).toBe("Let me see.");
    expect(calls.map(({ name }) => name)).toEqual(["get_weather", "get_time"]);
    expect(calls[0]?.arguments).toBe('{"city":"Lima"}');
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(reason).toBe("tool_calls");
  });

  it("are one at most when parallel calls are not wanted", async () => {
    const { choices } = await ask("test.tagged", { grammar: literal(two), parallel_tool_calls: false });
    expect(choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it("are read in Llama's form", async () => {
    const reply = '{"name": "get_weather", "parameters": {"city": "Lima"}}';
    const { choices } = await ask("test.bare", { grammar: literal(reply) });
    expect(choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: "get_weather", arguments: '{"city":"Lima"}' } },
    ]);
  });

  it("stay text when they name no function of the request", async () => {
    const reply = '<tool_call>{"name": "rm", "arguments": {}}</tool_call>';
    const { choices } = await ask("test.tagged", { grammar: literal(reply) });
    expect(choices[0]).toMatchObject({ message: { content: reply }, finish_reason: "stop" });
  });
});

describe("requests with tools that are refused", () => {
  it("say so for a model that cannot call, also in a stream", async () => {
    for (const model of ["alpaca.demo", "test.plain"])
      for (const stream of [true, false]) {
        const request = client.chat.completions.create({ model, messages, tools, stream });
        await expect(request).rejects.toMatchObject({ status: 400, code: "tools_unsupported", param: "tools" });
      }
  });

  it("name what does not fit", async () => {
    const unknown = { type: "function" as const, function: { name: "nothing" } };
    expect(await refusal("test.tagged", { tool_choice: unknown })).toMatchObject({ status: 400, param: "tool_choice" });
    expect(await refusal("test.tagged", { tools: [], tool_choice: "required" })).toMatchObject({
      param: "tool_choice",
    });
    expect(
      await refusal("test.tagged", { tool_choice: "required", response_format: { type: "json_object" } }),
    ).toMatchObject({ param: "tool_choice" });
    const impossible = [{ type: "function" as const, function: { name: "f", parameters: { not: {} } } }];
    expect(await refusal("test.tagged", { tools: impossible, tool_choice: "required" })).toMatchObject({
      param: "tools",
    });
    const nameless = [{ type: "function" as const, function: { name: "a b" } }];
    expect(await refusal("test.tagged", { tools: nameless })).toMatchObject({ param: "tools[0].function.name" });
    for (const field of ["functions", "function_call", "audio", "web_search_options"])
      expect(await refusal("test.tagged", { [field]: {} })).toMatchObject({
        code: "unsupported_parameter",
        param: field,
      });
  });

  it("tell the same of an image in any turn", async () => {
    const content = [{ type: "image_url" as const, image_url: { url: "x" } }];
    expect(await refusal("test.tagged", { messages: [{ role: "user", content }] })).toMatchObject({ status: 400 });
  });
});
