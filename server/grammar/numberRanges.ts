import { choice, type Expression, oneOf, optional, repeat, sequence, text } from "./Grammar.js";
import { maxDigits } from "./jsonRules.js";

/** Whole-number bounds, both inclusive; infinite where there is none. */
export interface IntegerRange {
  min: number;
  max: number;
}

const digit = oneOf("0-9");
const digits = (count: number) => repeat(digit, count, count);

/** The integers of the range. */
export function integerRange({ min, max }: IntegerRange): Expression {
  const options: Expression[] = [];
  if (min < 0) options.push(sequence(text("-"), magnitudes(Math.max(1, -max), -min)));
  if (max >= 0) options.push(magnitudes(Math.max(0, min), max));
  return choice(...options);
}

/** Numbers with or without a fraction; a bound that is exclusive is not itself among them. */
export function numberRange(range: IntegerRange & { minExclusive: boolean; maxExclusive: boolean }): Expression {
  const { min, max, minExclusive, maxExclusive } = range;
  const options: Expression[] = [];
  if (min < 0) {
    const upToZero = max >= 0;
    const low = upToZero ? 0 : -max;
    options.push(sequence(text("-"), decimals(low, upToZero || maxExclusive, -min, minExclusive)));
  }
  if (max > 0 || (max === 0 && !maxExclusive)) {
    const fromZero = min < 0;
    options.push(decimals(fromZero ? 0 : min, !fromZero && minExclusive, max, maxExclusive));
  }
  return choice(...options);
}

const anyFraction = optional(sequence(text("."), repeat(digit, 1, maxDigits)));
const zeroFraction = optional(sequence(text("."), repeat(text("0"), 1, maxDigits)));
const someFraction = sequence(text("."), repeat(digit, 0, maxDigits - 1), oneOf("1-9"));

/** Decimals from `low` to `high`, neither of them negative. */
function decimals(low: number, lowExclusive: boolean, high: number, highExclusive: boolean): Expression {
  if (low === high) return sequence(text(String(low)), zeroFraction);
  const options = [sequence(text(String(low)), lowExclusive ? someFraction : anyFraction)];
  const last = high - 1;
  if (low + 1 <= last) options.push(sequence(magnitudes(low + 1, last), anyFraction));
  if (!highExclusive && Number.isFinite(high)) options.push(sequence(text(String(high)), zeroFraction));
  return choice(...options);
}

/** The digits of the whole numbers from `low` to `high`, neither of them negative, without leading zeros. */
function magnitudes(low: number, high: number): Expression {
  const options: Expression[] = [];
  let from = BigInt(low).toString();
  const to = Number.isFinite(high) ? BigInt(high).toString() : "9".repeat(Math.max(from.length, maxDigits));
  while (from.length < to.length) {
    options.push(sameLength(from, "9".repeat(from.length)));
    from = `1${"0".repeat(from.length)}`;
  }
  options.push(sameLength(from, to));
  return choice(...options);
}

/** The digit strings from `from` to `to`, which are equally long. */
function sameLength(from: string, to: string): Expression {
  if (from === "") return sequence();
  const [first = "", last = ""] = [from[0], to[0]];
  const [restFrom, restTo] = [from.slice(1), to.slice(1)];
  if (first === last) return sequence(text(first), sameLength(restFrom, restTo));
  const zeros = "0".repeat(restFrom.length);
  const nines = "9".repeat(restFrom.length);
  const options: Expression[] = [];
  let [low, high] = [Number(first), Number(last)];
  if (restFrom !== zeros) {
    options.push(sequence(text(first), sameLength(restFrom, nines)));
    low++;
  }
  const upper = restTo === nines ? undefined : sequence(text(last), sameLength(zeros, restTo));
  if (upper !== undefined) high--;
  if (low <= high) options.push(sequence(oneOf(`${low}-${high}`), digits(zeros.length)));
  if (upper !== undefined) options.push(upper);
  return choice(...options);
}
