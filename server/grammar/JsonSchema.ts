/** A JSON Schema that is no plain yes or no. */
export type JsonSchemaObject = { readonly [keyword: string]: unknown };
export type JsonSchema = boolean | JsonSchemaObject;

/** What makes a schema unusable; whoever walks the schema adds where. */
export class SchemaProblem extends Error {}

export function isSchemaObject(value: unknown): value is JsonSchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says nothing about which values are valid. Source: JSON Schema 2020-12, core sections 8 and 9, validation section 9. */
const annotations = [
  "title",
  "description",
  "default",
  "examples",
  "example",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$schema",
  "$id",
  "id",
  "$comment",
  "$anchor",
  "$defs",
  "definitions",
  "contentMediaType",
  "contentEncoding",
  // OpenAPI's and Pydantic's.
  "discriminator",
  "strict",
  "propertyOrdering",
];

const understood = [
  "$ref",
  "type",
  "enum",
  "const",
  "nullable",
  "allOf",
  "anyOf",
  "oneOf",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "prefixItems",
  "additionalItems",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
];
const known: ReadonlySet<string> = new Set([...annotations, ...understood]);

/** Keywords that change nothing with these values. */
const harmless: { [keyword: string]: unknown } = { uniqueItems: false, minProperties: 0, unevaluatedProperties: false };

/** Refuses keywords that a grammar cannot enforce: a reply that only seems to obey them is worse than an error. */
export function refuseUnknownKeywords(schema: JsonSchemaObject): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (known.has(keyword) || keyword.startsWith("x-") || harmless[keyword] === value) continue;
    throw new SchemaProblem(`"${keyword.slice(0, 60)}" cannot be enforced`);
  }
}
