import type { ExtraProps } from "react-markdown";

type Node = NonNullable<ExtraProps["node"]>["children"][number];

/** All text in a node of the tree that react-markdown draws from. */
export function textOf(node: Node): string {
  if (node.type === "text") return node.value;
  return node.type === "element" ? node.children.map(textOf).join("") : "";
}

/** Lines of a block of code, whose text ends with a line break. */
export function countLines(code: string): number {
  return code.replace(/\n$/, "").split("\n").length;
}
