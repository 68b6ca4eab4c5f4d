import { rootRule, rule, sequence, text } from "../grammar/Grammar.js";
import { jsonSchemaToGrammar } from "../grammar/jsonSchemaToGrammar.js";
import { printGbnf } from "../grammar/printGbnf.js";
import type { ToolDefinition } from "../prompts/PromptTurn.js";
import { type ToolFormat, toolCallTags } from "../prompts/toolFormat.js";

/**
 * A grammar (GBNF) under which a reply is one call of one of the tools, in the model's own format, with arguments that are valid
 * under the tool's JSON Schema. Throws `bad_request` for parameters that cannot be enforced.
 */
export function toolCallGrammar(format: ToolFormat, tools: readonly ToolDefinition[]): string {
  const schema = {
    anyOf: tools.map(({ name, parameters }, index) => ({
      type: "object",
      properties: {
        name: { const: name },
        [format.argumentsKey]: rebased(
          parameters ?? { type: "object", properties: {} },
          `#/anyOf/${index}/properties/${format.argumentsKey}`,
        ),
      },
      required: ["name", format.argumentsKey],
    })),
  };
  const grammar = new Map(jsonSchemaToGrammar(schema));
  if (format.style === "tagged") {
    const call = grammar.get(rootRule) ?? text("");
    grammar.set("call", call);
    grammar.set(rootRule, sequence(text(`${toolCallTags.open}\n`), rule("call"), text(`\n${toolCallTags.close}`)));
  }
  return printGbnf(grammar);
}

/** The schema with its references to itself (`#/…`) leading to where it now stands. */
function rebased(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => rebased(item, place));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === "$ref" && typeof value === "string" && value.startsWith("#")
        ? place + value.slice(1)
        : rebased(value, place),
    ]),
  );
}
