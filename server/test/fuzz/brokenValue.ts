import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

/** A file that exists only if something of the odd values was run by a shell. */
export const ownedPath = join(tmpdir(), `cria-owned-${process.pid}`);

/** Values that are wrong nearly everywhere. */
const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  -(2 ** 53),
  1e308,
  "",
  "5",
  "\0",
  "__proto__",
  "constructor",
  "../../../../etc/passwd",
  "..%2f..%2fetc",
  "CON",
  `$(touch ${ownedPath})`,
  `; touch ${ownedPath}`,
  "{{7*7}}",
  "\ud800",
  "x".repeat(2000),
  "[".repeat(500),
  [],
  {},
  [[]],
  JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`),
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'),
];
const oddKeys = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "\0", "length", "then", "extra"];

const oddValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...oddValues) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

type Change = (parent: object, key: string) => void;
const set = (target: object, key: string, value: unknown) =>
  Object.defineProperty(target, key, {
    // A copy: what is put in here may be changed further.
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  });

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: oddValue.map(
      (value): Change =>
        (parent, key) =>
          void set(parent, key, value),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Change>((parent, key) => void Reflect.deleteProperty(parent, key)) },
  {
    weight: 1,
    arbitrary: fc.constant<Change>((parent, key) => void set(parent, key, [Reflect.get(parent, key)])),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.oneof(fc.constantFrom(...oddKeys), fc.string({ maxLength: 8 })), oddValue).map(
      ([key, value]): Change =>
        (parent) =>
          void (Array.isArray(parent) ? parent.push(structuredClone(value)) : set(parent, key, value)),
    ),
  },
);

/** The value with one to three things wrong in it, or something else altogether. */
export function brokenValue(valid: unknown): fc.Arbitrary<unknown> {
  const changed = fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = { value: structuredClone(valid) };
    for (const [choice, apply] of changes) {
      const all = places(root);
      const [parent, key] = all[choice % all.length] ?? [root, "value"];
      apply(parent, key);
    }
    return root.value;
  });
  return fc.oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: oddValue });
}

/** Every property in a value, at any depth that people would write. */
function places(value: object, depth = 0): [parent: object, key: string][] {
  if (depth > 6) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => [
    [value, key] as [object, string],
    ...(typeof child === "object" && child !== null ? places(child, depth + 1) : []),
  ]);
}
