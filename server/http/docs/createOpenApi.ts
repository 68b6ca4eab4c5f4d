import { z } from "zod";
import { version } from "../../platform/version.js";
import type { NamedSchema, Operation } from "./operations.js";

type Json = { [key: string]: unknown };

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/**
 * The OpenAPI description of the routes, made of the very schemas that check requests, so that it cannot say anything else.
 * Source: OpenAPI 3.1.1, whose schemas are JSON Schema 2020-12.
 */
export function createOpenApi(operations: readonly Operation[]): Json {
  const paths: { [path: string]: Json } = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  return {
    openapi: "3.1.1",
    info: {
      title: "Cria",
      version,
      description: "OpenAI's and Ollama's interfaces, spoken by a server on your own machine.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{}, { token: [] }],
    tags: [
      { name: "OpenAI", description: "For programs that talk to OpenAI: the base address is /v1." },
      { name: "Ollama", description: "For programs that know only Ollama." },
      { name: "Cria", description: "How models are held on this machine." },
    ],
    paths,
    components: {
      schemas: componentSchemas(operations),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Only where the server is reached from other machines." },
      },
    },
  };
}

function describe(operation: Operation): Json {
  const { path, request, response, stream, error, example } = operation;
  const json = (schema: NamedSchema, more: Json = {}) => ({
    "application/json": { schema: reference(schema.name), ...more },
  });
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: `${operation.method}${path.replace(/[^A-Za-z]+(\w)?/g, (_, letter: string = "") => letter.toUpperCase())}`,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : { requestBody: { required: true, content: json(request, example === undefined ? {} : { example }) } }),
    responses: {
      200: {
        description: "The answer",
        content: {
          ...json(response),
          ...(stream === undefined ? {} : { [stream.contentType]: { schema: reference(stream.piece.name) } }),
        },
      },
      default: { description: "What went wrong", content: json(error) },
    },
  };
}

function componentSchemas(operations: readonly Operation[]): Json {
  const registry = z.registry<{ id: string }>();
  const added = new Set<string>();
  const add = (named: NamedSchema | undefined) => {
    if (named === undefined || added.has(named.name)) return;
    added.add(named.name);
    registry.add(named.schema, { id: named.name });
  };
  for (const { request, response, stream, error } of operations) {
    add(request);
    add(response);
    add(stream?.piece);
    add(error);
  }
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}
