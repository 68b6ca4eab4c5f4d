import { choice, codePoint, type Expression, noneOf, optional, repeat, sequence, text } from "./Grammar.js";
import { braces, jsonCharacter, jsonString, space } from "./jsonRules.js";

/** A named member of an object. */
export interface Member {
  name: string;
  required: boolean;
  value: Expression;
}

const colon = sequence(space, text(":"), space);
const comma = sequence(space, text(","), space);

/**
 * An object with these members in this order, those that are not required left out or not, and then any number of `others` under
 * other names. `add` makes a rule of an expression: what may follow is shared, so the grammar stays as long as the list.
 */
export function objectGrammar(
  members: readonly Member[],
  others: Expression | undefined,
  add: (name: string, body: Expression) => Expression,
): Expression {
  const pairs = members.map(({ name, value }) => sequence(text(JSON.stringify(name)), colon, value));
  const other =
    others === undefined
      ? undefined
      : sequence(members.length === 0 ? jsonString : add("other-name", nameExcept(members)), colon, others);
  /** What may come from member `index` on; `first`: nothing came before. From the end on, so that no recursion is needed. */
  let rest = { first: sequence() as Expression, later: sequence() as Expression };
  if (other !== undefined) {
    const more = repeat(sequence(comma, other), 0, Number.POSITIVE_INFINITY);
    rest = { first: optional(sequence(other, more)), later: more };
  }
  for (let index = members.length - 1; index >= 0; index--) {
    const pair = pairs[index];
    const member = members[index];
    if (pair === undefined || member === undefined) continue;
    const after = add("rest", rest.later);
    const [first, later] = [sequence(pair, after), sequence(comma, pair, after)];
    rest = member.required
      ? { first, later }
      : { first: choice(first, add("rest", rest.first)), later: choice(later, after) };
  }
  return braces("{", rest.first, "}");
}

interface NameNode {
  children: Map<string, NameNode>;
  /** A name that is taken ends here. */
  taken: boolean;
}

/** A JSON string that is none of the members' names. A name that is spelled with escapes is not recognised. */
function nameExcept(members: readonly Member[]): Expression {
  const root: NameNode = { children: new Map(), taken: false };
  for (const { name } of members) {
    let node = root;
    for (const character of JSON.stringify(name).slice(1, -1)) {
      const child: NameNode = node.children.get(character) ?? { children: new Map(), taken: false };
      node.children.set(character, child);
      node = child;
    }
    node.taken = true;
  }
  return sequence(text('"'), nameFrom(root), text('"'));
}

function nameFrom(node: NameNode): Expression {
  const anything = repeat(jsonCharacter, 0, Number.POSITIVE_INFINITY);
  const options: Expression[] = [...node.children]
    .filter(([character]) => character !== "\\")
    .map(([character, child]) => sequence(text(character), nameFrom(child)));
  const known = [...node.children.keys()].map((character): [number, number] => [
    codePoint(character),
    codePoint(character),
  ]);
  options.push(sequence(noneOf('"', "\\", [0, 0x1f], [0x7f, 0x7f], ...known), anything));
  if (!node.taken) options.push(text(""));
  return choice(...options);
}
