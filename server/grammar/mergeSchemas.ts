import { type JsonSchemaObject, SchemaProblem } from "./JsonSchema.js";

const lowerBounds = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const upperBounds = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

/** One schema that says what all of them say. Throws {@link SchemaProblem} for what cannot be put together. */
export function mergeSchemas(schemas: readonly JsonSchemaObject[]): JsonSchemaObject {
  const merged: { [keyword: string]: unknown } = {};
  for (const schema of schemas)
    for (const [keyword, value] of Object.entries(schema))
      merged[keyword] = Object.hasOwn(merged, keyword) ? mergeKeyword(keyword, merged[keyword], value) : value;
  return merged;
}

function mergeKeyword(keyword: string, a: unknown, b: unknown): unknown {
  if (JSON.stringify(a) === JSON.stringify(b)) return a;
  if (keyword === "properties" || keyword === "$defs" || keyword === "definitions") return mergeProperties(a, b);
  if (keyword === "required") return [...new Set([...asList(a), ...asList(b)])];
  if (keyword === "enum") return asList(a).filter((value) => includes(asList(b), value));
  if (keyword === "type") return mergeTypes(asList(a), asList(b));
  if (keyword === "allOf") return [...asList(a), ...asList(b)];
  if (keyword === "additionalProperties" && (a === false || b === false)) return false;
  if (keyword === "additionalProperties" && a === true) return b;
  if (keyword === "additionalProperties" && b === true) return a;
  if (keyword === "title" || keyword === "description" || keyword === "default" || keyword === "examples") return a;
  if (typeof a === "number" && typeof b === "number") {
    if (lowerBounds.includes(keyword)) return Math.max(a, b);
    if (upperBounds.includes(keyword)) return Math.min(a, b);
  }
  throw new SchemaProblem(`two different values of "${keyword}" cannot be put together`);
}

/** A property that both have must satisfy both. */
function mergeProperties(a: unknown, b: unknown): unknown {
  const merged: { [name: string]: unknown } = { ...(a as object) };
  for (const [name, schema] of Object.entries(b as object)) {
    const other = merged[name];
    merged[name] = other === undefined ? schema : { allOf: [other, schema] };
  }
  return merged;
}

/** Every integer is a number. */
function mergeTypes(a: readonly unknown[], b: readonly unknown[]): unknown[] {
  const both = a.filter((type) => b.includes(type) || (type === "integer" && b.includes("number")));
  return [...both, ...b.filter((type) => type === "integer" && a.includes("number") && !both.includes(type))];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function includes(values: readonly unknown[], value: unknown): boolean {
  return values.some((other) => JSON.stringify(other) === JSON.stringify(value));
}
