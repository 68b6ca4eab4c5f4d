/** The parts of a JSON Schema that the page shows. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: { [name: string]: Schema };
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  additionalProperties?: boolean | Schema;
}

interface Content {
  [contentType: string]: { schema: Schema; example?: unknown };
}

interface OperationObject {
  tags: string[];
  summary: string;
  description?: string;
  requestBody?: { content: Content };
  responses: { [status: string]: { description: string; content: Content } };
}

/** The parts of the OpenAPI description that the page shows. The server makes it; nothing in it comes from elsewhere. */
export interface Description {
  info: { version: string };
  tags: { name: string; description: string }[];
  paths: { [path: string]: { [method: string]: OperationObject } };
  components: { schemas: { [name: string]: Schema } };
}

/** One request, flat. */
export interface Operation extends OperationObject {
  method: string;
  path: string;
  /** For the address bar. */
  anchor: string;
}

export function operationsOf(description: Description): Operation[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      anchor: `${method}${path.replaceAll(/[^a-z0-9]+/gi, "-")}`,
    })),
  );
}

/** The schema itself, wherever a reference to it stands. */
export function resolve(schema: Schema, description: Description): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (description.components.schemas[name] ?? {});
}
