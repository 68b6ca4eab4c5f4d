import { z } from "zod";
import { loadPlanSchema, loadSettingsSchema } from "../../protocol/loadSettings.js";
import { errorInfoSchema } from "../../protocol/result.js";
import {
  chatRequestSchema,
  embeddingsRequestSchema,
  embedRequestSchema,
  generateRequestSchema,
  showRequestSchema,
} from "../ollama/ollamaSchemas.js";
import {
  chatResponseSchema,
  embeddingsResponseSchema,
  embedResponseSchema,
  generateResponseSchema,
  ollamaErrorSchema,
  psResponseSchema,
  showResponseSchema,
  tagsResponseSchema,
  versionResponseSchema,
} from "../ollama/responseSchemas.js";
import { chatCompletionRequestSchema } from "../openai/chatCompletionSchema.js";
import { completionRequestSchema } from "../openai/completionSchema.js";
import { embeddingRequestSchema } from "../openai/embeddingSchema.js";
import {
  chatCompletionChunkSchema,
  chatCompletionSchema,
  completionSchema,
  embeddingListSchema,
  modelListSchema,
  modelSchema,
  openAiErrorSchema,
} from "../openai/responseSchemas.js";

/** A schema with the name that it has in the description. */
export interface NamedSchema {
  name: string;
  schema: z.ZodType;
}

/** One route, as it is described to programs and people. */
export interface Operation {
  method: "get" | "post";
  /** In OpenAPI's notation: `{name}` for a part that varies. */
  path: string;
  tag: "OpenAI" | "Ollama" | "Cria";
  summary: string;
  description?: string;
  request?: NamedSchema;
  response: NamedSchema;
  /** Sent piece by piece when the request asks for it. */
  stream?: { contentType: string; piece: NamedSchema };
  error: NamedSchema;
  /** A body to try. */
  example?: object;
}

const named = (name: string, schema: z.ZodType): NamedSchema => ({ name, schema });
const model = "alpaca.demo";
const openAiError = named("OpenAiError", openAiErrorSchema);
const ollamaError = named("OllamaError", ollamaErrorSchema);
const criaError = named("CriaError", z.object({ error: errorInfoSchema }));
const loadSettings = named("LoadSettings", loadSettingsSchema);
const loadPlan = named("LoadPlan", loadPlanSchema);
const lines = "application/x-ndjson";
const events = "text/event-stream";

/** Every route of the interfaces for other programs. */
export const operations: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/chat/completions",
    tag: "OpenAI",
    summary: "Answer a conversation",
    description:
      "The conversation is put into the model's own prompt format. With stream set, pieces come as server-sent events and [DONE] ends them. A client that goes away stops its reply.",
    request: named("ChatCompletionRequest", chatCompletionRequestSchema),
    response: named("ChatCompletion", chatCompletionSchema),
    stream: { contentType: events, piece: named("ChatCompletionChunk", chatCompletionChunkSchema) },
    error: openAiError,
    example: { model, messages: [{ role: "user", content: "Tell me a short story about a dog." }], stream: true },
  },
  {
    method: "post",
    path: "/v1/completions",
    tag: "OpenAI",
    summary: "Continue a text",
    description: "The text goes to the model as it stands.",
    request: named("CompletionRequest", completionRequestSchema),
    response: named("Completion", completionSchema),
    stream: { contentType: events, piece: named("Completion", completionSchema) },
    error: openAiError,
    example: { model, prompt: "One day, a little", max_tokens: 32, stream: true },
  },
  {
    method: "post",
    path: "/v1/embeddings",
    tag: "OpenAI",
    summary: "Turn texts into vectors",
    description: "Every vector has the length 1.",
    request: named("EmbeddingRequest", embeddingRequestSchema),
    response: named("EmbeddingList", embeddingListSchema),
    error: openAiError,
    example: { model, input: ["A dog ran home.", "A cat sat down."] },
  },
  {
    method: "get",
    path: "/v1/models",
    tag: "OpenAI",
    summary: "List the installed models",
    description: "With the limits and defaults of every sampling parameter.",
    response: named("ModelList", modelListSchema),
    error: openAiError,
  },
  {
    method: "get",
    path: "/v1/models/{model}",
    tag: "OpenAI",
    summary: "Look at one model",
    response: named("Model", modelSchema),
    error: openAiError,
  },
  {
    method: "post",
    path: "/api/chat",
    tag: "Ollama",
    summary: "Answer a conversation",
    description: "One line of JSON per piece unless stream is false.",
    request: named("OllamaChatRequest", chatRequestSchema),
    response: named("OllamaChatResponse", chatResponseSchema),
    stream: { contentType: lines, piece: named("OllamaChatResponse", chatResponseSchema) },
    error: ollamaError,
    example: { model, messages: [{ role: "user", content: "What is a llama?" }] },
  },
  {
    method: "post",
    path: "/api/generate",
    tag: "Ollama",
    summary: "Answer a prompt",
    description: "An empty prompt loads the model; with keep_alive 0 it takes it out of memory.",
    request: named("OllamaGenerateRequest", generateRequestSchema),
    response: named("OllamaGenerateResponse", generateResponseSchema),
    stream: { contentType: lines, piece: named("OllamaGenerateResponse", generateResponseSchema) },
    error: ollamaError,
    example: { model, prompt: "Write a poem about autumn.", options: { temperature: 0.7 } },
  },
  {
    method: "post",
    path: "/api/embed",
    tag: "Ollama",
    summary: "Turn texts into vectors",
    request: named("OllamaEmbedRequest", embedRequestSchema),
    response: named("OllamaEmbedResponse", embedResponseSchema),
    error: ollamaError,
    example: { model, input: ["A dog ran home."] },
  },
  {
    method: "post",
    path: "/api/embeddings",
    tag: "Ollama",
    summary: "Turn one text into a vector",
    description: "The older form of /api/embed.",
    request: named("OllamaEmbeddingsRequest", embeddingsRequestSchema),
    response: named("OllamaEmbeddingsResponse", embeddingsResponseSchema),
    error: ollamaError,
    example: { model, prompt: "A dog ran home." },
  },
  {
    method: "get",
    path: "/api/tags",
    tag: "Ollama",
    summary: "List the installed models",
    response: named("OllamaTags", tagsResponseSchema),
    error: ollamaError,
  },
  {
    method: "post",
    path: "/api/show",
    tag: "Ollama",
    summary: "Look at one model",
    request: named("OllamaShowRequest", showRequestSchema),
    response: named("OllamaShow", showResponseSchema),
    error: ollamaError,
    example: { model },
  },
  {
    method: "get",
    path: "/api/ps",
    tag: "Ollama",
    summary: "List the models in memory",
    response: named("OllamaPs", psResponseSchema),
    error: ollamaError,
  },
  {
    method: "get",
    path: "/api/version",
    tag: "Ollama",
    summary: "The release of Ollama whose interface this is",
    response: named("OllamaVersion", versionResponseSchema),
    error: ollamaError,
  },
  {
    method: "get",
    path: "/api/models/{model}/plan",
    tag: "Cria",
    summary: "What a model takes in memory",
    description: "With the context, the KV cache, the threads and the GPU layers that are chosen for it.",
    response: loadPlan,
    error: criaError,
  },
  {
    method: "post",
    path: "/api/models/{model}/plan",
    tag: "Cria",
    summary: "What a model would take in memory with other settings",
    request: loadSettings,
    response: loadPlan,
    error: criaError,
  },
  {
    method: "post",
    path: "/api/models/{model}/configure",
    tag: "Cria",
    summary: "Choose how a model is held in memory",
    description: "The settings replace those that were chosen before. A model that is in memory is loaded again.",
    request: loadSettings,
    response: loadPlan,
    error: criaError,
  },
];
