import type { Schema } from "./description.js";
import { words } from "./words.js";

/** One field of a body, as a line of a table. */
export interface FieldRow {
  /** With its parents: `messages[].content`. */
  name: string;
  required: boolean;
  /** In words: `number, 0 to 5`. */
  type: string;
  description: string;
}

const maxDepth = 5;

/** All fields of an object, those inside others too. Fields that only say that they are ignored are left out. */
export function fieldRows(schema: Schema, prefix = "", depth = 0): FieldRow[] {
  const rows: FieldRow[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (Object.keys(field).length === 0) continue;
    const path = prefix + name;
    rows.push({
      name: path,
      required: schema.required?.includes(name) ?? false,
      type: typeInWords(field),
      description: describe(field),
    });
    if (depth < maxDepth) rows.push(...innerRows(field, path, depth + 1));
  }
  return rows;
}

function innerRows(field: Schema, path: string, depth: number): FieldRow[] {
  const rows = fieldRows(field, `${path}.`, depth);
  if (field.items !== undefined) rows.push(...innerRows(field.items, `${path}[]`, depth));
  for (const option of alternatives(field)) rows.push(...innerRows(option, path, depth));
  return merged(rows);
}

/** Variants of a thing often share fields: each is shown once, required only if every variant has it so. */
function merged(rows: readonly FieldRow[]): FieldRow[] {
  const byName = new Map<string, FieldRow>();
  for (const row of rows) {
    const known = byName.get(row.name);
    if (known === undefined) {
      byName.set(row.name, { ...row });
      continue;
    }
    known.required &&= row.required;
    const { or } = words.type;
    if (!known.type.split(or).includes(row.type)) known.type += or + row.type;
    known.description ||= row.description;
  }
  return [...byName.values()];
}

function alternatives(schema: Schema): Schema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

/** A description may stand beside the alternatives or in one of them. */
function describe(schema: Schema): string {
  return (
    schema.description ??
    alternatives(schema)
      .map(describe)
      .find((text) => text !== "") ??
    ""
  );
}

function typeInWords(schema: Schema): string {
  const { or, names } = words.type;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(or);
  const options = alternatives(schema).filter(({ type }) => type !== "null");
  if (options.length > 0) return [...new Set(options.map(typeInWords))].join(or);
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"]).filter((type) => type !== "null");
  return types.map((type) => `${names[type] ?? type}${limits(schema, type)}`).join(or);
}

function limits(schema: Schema, type: string): string {
  const { of, items, characters } = words.type;
  if (type === "array")
    return `${schema.items === undefined ? "" : of(typeInWords(schema.items))}${range(schema.minItems, schema.maxItems, items)}`;
  if (type === "string") return range(schema.minLength, schema.maxLength, characters);
  return range(schema.minimum, schema.maximum, "");
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  // What a language's integers can hold at most says nothing.
  const low = min === undefined || min <= Number.MIN_SAFE_INTEGER || (unit !== "" && min === 0) ? undefined : min;
  const high = max === undefined || max >= Number.MAX_SAFE_INTEGER ? undefined : max;
  const { between, atMost, atLeast } = words.type;
  const number = (value: number) => value.toLocaleString(words.locale);
  if (low !== undefined && high !== undefined) return `, ${between(number(low), number(high))}${unit}`;
  if (high !== undefined) return `, ${atMost(number(high))}${unit}`;
  return low === undefined || (unit !== "" && low <= 1) ? "" : `, ${atLeast(number(low))}${unit}`;
}
