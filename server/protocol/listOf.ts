import { z } from "zod";

type Issue = z.core.$ZodIssue;

/** How many there may be. */
interface Bounds {
  min?: number;
  max: number;
}

/**
 * A list as `z.array` has it, but only the first item that is wrong is told of and the others are not looked at: who sends a million wrong
 * ones has a gigabyte filled with complaints otherwise, and everybody waits for it ([T10]).
 */
export function listOf<Item extends z.ZodType>(item: Item, { min = 0, max }: Bounds) {
  const { $schema: _, ...items } = z.toJSONSchema(item, { io: "input" });
  return z
    .array(z.unknown())
    .min(min)
    .max(max)
    .meta({ items })
    .transform((list, context): z.output<Item>[] => {
      const parsed: z.output<Item>[] = [];
      for (const [index, value] of list.entries()) {
        const result = item.safeParse(value, { reportInput: true });
        if (!result.success) return refuse(context, index, result.error.issues);
        parsed.push(result.data);
      }
      return parsed;
    });
}

/** As {@link listOf}, of an object with any names. */
export function recordOf<Value extends z.ZodType>(value: Value, { max }: Bounds) {
  const { $schema: _, ...additionalProperties } = z.toJSONSchema(value, { io: "input" });
  return z
    .record(z.string(), z.unknown())
    .meta({ additionalProperties })
    .transform((record, context): Map<string, z.output<Value>> => {
      const parsed = new Map<string, z.output<Value>>();
      for (const [name, given] of Object.entries(record)) {
        const result = value.safeParse(given, { reportInput: true });
        if (!result.success) return refuse(context, name, result.error.issues);
        parsed.set(name, result.data);
        if (parsed.size > max) return refuse(context, undefined, [tooMany(record, max)]);
      }
      return parsed;
    });
}

function tooMany(input: unknown, maximum: number): Issue {
  return { code: "too_big", origin: "object", maximum, path: [], input, message: `at most ${maximum} are read` };
}

/** Tells of the first issue, at its place in the whole. */
function refuse(context: z.core.$RefinementCtx, place: PropertyKey | undefined, issues: readonly Issue[]) {
  const [first] = issues;
  if (first !== undefined)
    context.addIssue({ ...first, path: place === undefined ? first.path : [place, ...first.path] });
  return z.NEVER;
}
