import {
  choice,
  type Expression,
  noneOf,
  oneOf,
  optional,
  repeat,
  rule,
  separated,
  sequence,
  text,
} from "./Grammar.js";

/** Digits that a number may have before and behind its point: more than a double can tell apart is a model that has lost its way. */
export const maxDigits = 16;

export const space = rule("space");
export const jsonValue = rule("value");
export const jsonObject = rule("object");
export const jsonArray = rule("array");
export const jsonString = rule("string");
/** One character of a string's inside, or one escape. */
export const jsonCharacter = rule("character");
export const jsonNumber = rule("number");
export const jsonInteger = rule("integer");
export const jsonBoolean = rule("boolean");
export const jsonNull = rule("null");

const digit = oneOf("0-9");
const hexDigit = oneOf("0-9", "a-f", "A-F");
const whole = choice(text("0"), sequence(oneOf("1-9"), repeat(digit, 0, maxDigits - 1)));
const sign = optional(text("-"));
const comma = sequence(space, text(","), space);
const member = sequence(jsonString, space, text(":"), space, jsonValue);

/**
 * JSON itself. Blanks are bounded, or a small model that is not allowed to end writes nothing else.
 * Source: https://www.rfc-editor.org/rfc/rfc8259
 */
export const jsonRules: ReadonlyMap<string, Expression> = new Map<string, Expression>([
  ["space", choice(text(""), text(" "), sequence(text("\n"), repeat(oneOf(" ", "\t"), 0, 20)))],
  ["value", choice(jsonObject, jsonArray, jsonString, jsonNumber, jsonBoolean, jsonNull)],
  ["object", braces("{", separated(member, comma, 0, Number.POSITIVE_INFINITY), "}")],
  ["array", braces("[", separated(jsonValue, comma, 0, Number.POSITIVE_INFINITY), "]")],
  ["string", quoted(repeat(jsonCharacter, 0, Number.POSITIVE_INFINITY))],
  [
    "character",
    choice(
      noneOf('"', "\\", [0, 0x1f], [0x7f, 0x7f]),
      sequence(
        text("\\"),
        choice(
          oneOf('"', "\\", "/", "b", "f", "n", "r", "t"),
          // Halves of a pair alone would be no Unicode text.
          sequence(
            text("u"),
            choice(
              sequence(oneOf("0-9", "a-c", "e-f", "A-C", "E-F"), repeat(hexDigit, 3, 3)),
              sequence(oneOf("d", "D"), oneOf("0-7"), repeat(hexDigit, 2, 2)),
            ),
          ),
        ),
      ),
    ),
  ],
  ["integer", sequence(sign, whole)],
  [
    "number",
    sequence(
      sign,
      whole,
      optional(sequence(text("."), repeat(digit, 1, maxDigits))),
      // Two digits: 1e999 would be read as Infinity, which JSON cannot say again.
      optional(sequence(oneOf("e", "E"), optional(oneOf("+", "-")), repeat(digit, 1, 2))),
    ),
  ],
  ["boolean", choice(text("true"), text("false"))],
  ["null", text("null")],
]);

/** `content` in brackets, with room for blanks. */
export function braces(open: string, content: Expression, close: string): Expression {
  return sequence(text(open), space, content, space, text(close));
}

export function quoted(content: Expression): Expression {
  return sequence(text('"'), content, text('"'));
}

/** The formats whose form is enforced; any other says nothing about it. Source: RFC 3339, section 5.6, and RFC 9562. */
export const stringFormats: ReadonlyMap<string, Expression> = (() => {
  const two = (tens: string, ones: string) => sequence(oneOf(tens), oneOf(ones));
  const hex = (count: number) => repeat(hexDigit, count, count);
  const hour = choice(two("0-1", "0-9"), sequence(text("2"), oneOf("0-3")));
  const sixty = two("0-5", "0-9");
  const month = choice(sequence(text("0"), oneOf("1-9")), sequence(text("1"), oneOf("0-2")));
  const day = choice(sequence(text("0"), oneOf("1-9")), two("1-2", "0-9"), sequence(text("3"), oneOf("0-1")));
  const date = sequence(repeat(digit, 4, 4), text("-"), month, text("-"), day);
  const offset = choice(text("Z"), sequence(oneOf("+", "-"), hour, text(":"), sixty));
  const fraction = optional(sequence(text("."), repeat(digit, 3, 3)));
  const time = sequence(hour, text(":"), sixty, text(":"), sixty, fraction, offset);
  const dash = text("-");
  return new Map([
    ["date", date],
    ["time", time],
    ["date-time", sequence(date, text("T"), time)],
    ["uuid", sequence(hex(8), dash, hex(4), dash, hex(4), dash, hex(4), dash, hex(12))],
  ]);
})();
