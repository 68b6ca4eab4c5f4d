import { checkGrammar } from "./checkGrammar.js";
import { choice, type Expression, type Grammar, repeat, rootRule, rule, separated, sequence, text } from "./Grammar.js";
import { grammarError } from "./grammarError.js";
import {
  isSchemaObject,
  type JsonSchema,
  type JsonSchemaObject,
  refuseUnknownKeywords,
  SchemaProblem,
} from "./JsonSchema.js";
import {
  braces,
  jsonArray,
  jsonBoolean,
  jsonCharacter,
  jsonInteger,
  jsonNull,
  jsonNumber,
  jsonObject,
  jsonRules,
  jsonString,
  jsonValue,
  quoted,
  space,
  stringFormats,
} from "./jsonRules.js";
import { mergeSchemas } from "./mergeSchemas.js";
import { integerRange, numberRange } from "./numberRanges.js";
import { objectGrammar } from "./objectGrammar.js";
import { patternToGrammar, UnsupportedPattern } from "./patternToGrammar.js";
import { maxShortestLength, shortestTexts } from "./shortestTexts.js";

const maxDepth = 64;
const maxSchemas = 5000;
const types = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
type Type = (typeof types)[number];

/**
 * The texts that are JSON and valid under the schema (2020-12, and draft 7 where it differs): what a model that writes by this
 * grammar writes is valid by construction. Properties come in the schema's order; where a schema has `properties`, others are
 * allowed only if `additionalProperties` says so. Throws `bad_request` with the place in the schema that cannot be enforced.
 */
export function jsonSchemaToGrammar(schema: JsonSchema): Grammar {
  const grammar = new SchemaGrammar(schema).build();
  checkGrammar(grammar, "jsonSchema");
  if (!shortestTexts(grammar).has(rootRule))
    throw grammarError(
      "jsonSchema",
      `The JSON schema cannot be used: no text of up to ${maxShortestLength} characters is valid under it.`,
      "Something in it requires itself again and again; make that optional.",
    );
  return grammar;
}

class SchemaGrammar {
  readonly #root: JsonSchema;
  readonly #rules = new Map<string, Expression>(jsonRules);
  readonly #references = new Map<string, string>();
  #schemas = 0;
  #path: string[] = [];

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  build(): Grammar {
    try {
      this.#rules.set(rootRule, this.#visit(this.#root));
      // A map's iterator also reaches what is added while it runs.
      for (const [target, name] of this.#references) {
        const schema = this.#resolved(target);
        this.#rules.set(
          name,
          this.#at(target, () => this.#visit(schema)),
        );
      }
      return this.#rules;
    } catch (error) {
      if (!(error instanceof SchemaProblem) && !(error instanceof UnsupportedPattern)) throw error;
      const what = error instanceof UnsupportedPattern ? `the pattern has ${error.message}` : error.message;
      throw grammarError("jsonSchema", `The JSON schema cannot be used: at ${this.#place()}, ${what}.`);
    }
  }

  #place(): string {
    return this.#path.length === 0 ? "its root" : `/${this.#path.join("/")}`.slice(0, 300);
  }

  /** What `step` leads to; the path stays where it failed. */
  #at<T>(step: string, work: () => T): T {
    this.#path.push(step);
    const result = work();
    this.#path.pop();
    return result;
  }

  #visit(schema: unknown): Expression {
    if (schema === true) return jsonValue;
    if (schema === false) throw new SchemaProblem("nothing is valid");
    if (!isSchemaObject(schema)) throw new SchemaProblem("it is no schema");
    if (this.#path.length > maxDepth) throw new SchemaProblem(`it is nested more than ${maxDepth} deep`);
    this.#countSchema();
    refuseUnknownKeywords(schema);
    if (schema.nullable === true) {
      const { nullable: _, ...rest } = schema;
      return choice(this.#visit(rest), jsonNull);
    }
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
    if (typeof $ref === "string") {
      const constrained = Object.keys(rest).some((keyword) => constraining(keyword));
      if (!constrained && allOf === undefined && anyOf === undefined && oneOf === undefined)
        return this.#reference($ref);
      return this.#visit(mergeSchemas([this.#resolved($ref), omit(schema, "$ref")]));
    }
    if (allOf !== undefined)
      return this.#at("allOf", () =>
        this.#visit(mergeSchemas([omit(schema, "allOf"), ...list(allOf).map((part) => this.#flattened(part))])),
      );
    const alternatives = anyOf ?? oneOf;
    if (alternatives !== undefined) {
      const keyword = anyOf === undefined ? "oneOf" : "anyOf";
      if (anyOf !== undefined && oneOf !== undefined) throw new SchemaProblem("anyOf and oneOf come together");
      const constrained = Object.keys(rest).some((name) => constraining(name));
      return this.#at(keyword, () =>
        choice(
          ...list(alternatives).map((option, index) =>
            this.#at(String(index), () =>
              this.#visit(constrained ? mergeSchemas([rest, this.#flattened(option)]) : option),
            ),
          ),
        ),
      );
    }
    if (schema.const !== undefined) return text(JSON.stringify(schema.const));
    if (schema.enum !== undefined) {
      const values = list(schema.enum);
      if (values.length === 0) throw new SchemaProblem("enum allows nothing");
      return choice(...values.map((value) => text(JSON.stringify(value))));
    }
    const allowed = typesOf(schema);
    if (allowed === undefined) return jsonValue;
    return choice(...allowed.map((type) => this.#typed(type, schema)));
  }

  /** References and what is combined count as often as they are written out. */
  #countSchema(): void {
    if (++this.#schemas > maxSchemas) throw new SchemaProblem(`there are more than ${maxSchemas} schemas`);
  }

  #typed(type: Type, schema: JsonSchemaObject): Expression {
    switch (type) {
      case "null":
        return jsonNull;
      case "boolean":
        return jsonBoolean;
      case "string":
        return this.#string(schema);
      case "integer":
      case "number":
        return number(type, schema);
      case "array":
        return this.#array(schema);
      case "object":
        return this.#object(schema);
    }
  }

  #string(schema: JsonSchemaObject): Expression {
    const { pattern, format } = schema;
    const min = count(schema, "minLength", 0);
    const max = count(schema, "maxLength", Number.POSITIVE_INFINITY);
    if (min > max) throw new SchemaProblem("minLength is above maxLength");
    const bounded = min > 0 || Number.isFinite(max);
    if (typeof pattern === "string") {
      if (bounded) throw new SchemaProblem("a pattern and a length cannot be enforced together");
      return quoted(patternToGrammar(pattern));
    }
    const form = typeof format === "string" ? stringFormats.get(format) : undefined;
    if (form !== undefined) return quoted(form);
    return bounded ? quoted(repeat(jsonCharacter, min, max)) : jsonString;
  }

  #array(schema: JsonSchemaObject): Expression {
    const { prefixItems, items, additionalItems } = schema;
    const tuple = Array.isArray(items) ? items : prefixItems;
    const more = Array.isArray(items) ? additionalItems : items;
    const min = count(schema, "minItems", 0);
    const max = count(schema, "maxItems", Number.POSITIVE_INFINITY);
    if (min > max) throw new SchemaProblem("minItems is above maxItems");
    const comma = sequence(space, text(","), space);
    if (tuple === undefined) {
      if (more === undefined && min === 0 && max === Number.POSITIVE_INFINITY) return jsonArray;
      if (more === false || max === 0) return braces("[", sequence(), "]");
      const item = this.#at("items", () => this.#named(more ?? true));
      return braces("[", separated(item, comma, min, max), "]");
    }
    const first = list(tuple).map((item, index) =>
      this.#at("prefixItems", () => this.#at(String(index), () => this.#visit(item))),
    );
    if (max < first.length) throw new SchemaProblem("maxItems is below the number of items that are named");
    // Draft 2020-12 lets a tuple be cut short; nobody means that.
    const head = first.flatMap((item, index) => (index === 0 ? [item] : [comma, item]));
    if (more === undefined || more === false) return braces("[", sequence(...head), "]");
    const rest = this.#at("items", () => this.#named(more));
    const tail = repeat(sequence(comma, rest), Math.max(0, min - first.length), max - first.length);
    return braces("[", sequence(...head, tail), "]");
  }

  #object(schema: JsonSchemaObject): Expression {
    const properties = isSchemaObject(schema.properties) ? schema.properties : {};
    const required = schema.required === undefined ? [] : list(schema.required).map(String);
    const names = [...new Set([...Object.keys(properties), ...required])];
    const { additionalProperties } = schema;
    if (names.length === 0 && additionalProperties === undefined && schema.properties === undefined) return jsonObject;
    const members = names.map((name) => ({
      name,
      required: required.includes(name),
      value: this.#at("properties", () => this.#at(name, () => this.#visit(properties[name] ?? true))),
    }));
    const others =
      additionalProperties === undefined || additionalProperties === false
        ? undefined
        : this.#at("additionalProperties", () => this.#named(additionalProperties));
    return objectGrammar(members, others, (name, body) => this.#add(name, body));
  }

  /** A rule for what is used many times, so that it is not written out each time. */
  #named(schema: unknown): Expression {
    return this.#add("item", this.#visit(schema));
  }

  #add(name: string, body: Expression): Expression {
    if (body.kind === "rule") return body;
    const unique = `${name}-${this.#rules.size}`;
    this.#rules.set(unique, body);
    return rule(unique);
  }

  /** One rule per target, so that a schema may refer to itself. Its body is made later, so that a long chain needs no stack. */
  #reference(target: string): Expression {
    const known = this.#references.get(target) ?? `ref-${this.#references.size}`;
    this.#references.set(target, known);
    return rule(known);
  }

  #resolved(target: string): JsonSchemaObject {
    if (!target.startsWith("#")) throw new SchemaProblem(`"${target.slice(0, 100)}" is not in this schema`);
    let value: unknown = this.#root;
    for (const step of target.slice(1).split("/").slice(1)) {
      const key = percentDecoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
      const inside: unknown =
        typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
      if (inside === undefined) throw new SchemaProblem(`there is no "${target.slice(0, 100)}"`);
      value = inside;
    }
    if (!isSchemaObject(value)) throw new SchemaProblem(`"${target.slice(0, 100)}" is no schema`);
    return value;
  }

  /** A part of an allOf or an anyOf as a plain list of keywords. */
  #flattened(part: unknown, depth = 0): JsonSchemaObject {
    if (part === true) return {};
    if (!isSchemaObject(part)) throw new SchemaProblem("nothing is valid");
    if (depth > maxDepth) throw new SchemaProblem("a reference leads back to itself");
    this.#countSchema();
    const own = typeof part.$ref === "string" ? mergeSchemas([this.#resolved(part.$ref), omit(part, "$ref")]) : part;
    const again = typeof own.$ref === "string" ? this.#flattened(own, depth + 1) : own;
    if (again.allOf === undefined) return again;
    return mergeSchemas([omit(again, "allOf"), ...list(again.allOf).map((inner) => this.#flattened(inner, depth + 1))]);
  }
}

/** The types that the schema allows; without `type`, what its other keywords are about; `undefined` for any. */
function typesOf(schema: JsonSchemaObject): readonly Type[] | undefined {
  if (schema.type !== undefined) {
    const named = list(schema.type).map((name) => {
      const type = types.find((candidate) => candidate === name);
      if (type === undefined) throw new SchemaProblem(`there is no type "${String(name).slice(0, 60)}"`);
      return type;
    });
    if (named.length === 0) throw new SchemaProblem("no type is left");
    return named.includes("number") ? named.filter((type) => type !== "integer") : named;
  }
  const has = (...keywords: string[]) => keywords.some((keyword) => schema[keyword] !== undefined);
  if (has("properties", "required", "additionalProperties")) return ["object"];
  if (has("items", "prefixItems", "minItems", "maxItems")) return ["array"];
  if (has("pattern", "minLength", "maxLength", "format")) return ["string"];
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")) return ["number"];
  return undefined;
}

function number(type: "number" | "integer", schema: JsonSchemaObject): Expression {
  const bound = (keyword: string): number | undefined => {
    const value = schema[keyword];
    if (value === undefined) return undefined;
    if (typeof value !== "number") throw new SchemaProblem(`"${keyword}" is no number`);
    return value;
  };
  const [low, aboveLow, high, belowHigh] = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"].map(bound);
  if ([low, aboveLow, high, belowHigh].every((value) => value === undefined))
    return type === "integer" ? jsonInteger : jsonNumber;
  const least = Math.max(low ?? Number.NEGATIVE_INFINITY, aboveLow ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(high ?? Number.POSITIVE_INFINITY, belowHigh ?? Number.POSITIVE_INFINITY);
  const minExclusive = aboveLow !== undefined && aboveLow === least;
  const maxExclusive = belowHigh !== undefined && belowHigh === most;
  if (type === "integer") {
    const min = Math.ceil(least) + (minExclusive && Number.isInteger(least) ? 1 : 0);
    const max = Math.floor(most) - (maxExclusive && Number.isInteger(most) ? 1 : 0);
    if (min > max) throw new SchemaProblem("no integer lies within the bounds");
    return integerRange({ min, max });
  }
  if (least > most || (least === most && (minExclusive || maxExclusive)))
    throw new SchemaProblem("no number lies within the bounds");
  for (const value of [least, most])
    if (Number.isFinite(value) && !Number.isSafeInteger(value))
      throw new SchemaProblem(`the bound ${value} is no whole number, and only those are enforced`);
  return numberRange({ min: least, max: most, minExclusive, maxExclusive });
}

function count(schema: JsonSchemaObject, keyword: string, fallback: number): number {
  const value = schema[keyword];
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 100_000)
    throw new SchemaProblem(`"${keyword}" must be a whole number up to 100000`);
  return value;
}

function constraining(keyword: string): boolean {
  return !["title", "description", "default", "examples", "$defs", "definitions", "$schema", "$id"].includes(keyword);
}

function omit(schema: JsonSchemaObject, keyword: string): JsonSchemaObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}

function percentDecoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw new SchemaProblem(`"${step.slice(0, 100)}" is no part of a reference`);
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
