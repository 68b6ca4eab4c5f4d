import type { ExtraProps } from "react-markdown";

/** An element of the tree that react-markdown draws from. */
type Element = NonNullable<ExtraProps["node"]>;
type Parent = Pick<Element, "children">;

/**
 * A rehype plugin: puts every text into a `span` of its own, which {@link GrowingText} draws, and marks the last one as the place
 * where writing goes on. React would replace a text node's data as a whole, and that ends a selection in it; such a span is
 * appended to instead.
 */
export function markGrowingText() {
  return (tree: Parent) => {
    wrapTexts(tree);
    const last = lastText(tree);
    if (last) last.properties.dataLast = true;
  };
}

function wrapTexts(parent: Parent): void {
  for (const [index, child] of parent.children.entries()) {
    if (child.type === "element") wrapTexts(child);
    else if (child.type === "text" && child.value.trim() !== "") {
      const span: Element = { type: "element", tagName: "span", properties: {}, children: [child] };
      parent.children[index] = span;
    }
  }
}

function lastText(parent: Parent): Element | undefined {
  for (const child of [...parent.children].reverse()) {
    if (child.type !== "element") continue;
    if (isTextSpan(child)) return child;
    const inside = lastText(child);
    if (inside) return inside;
  }
  return undefined;
}

function isTextSpan(element: Element): boolean {
  const only = element.children[0];
  return element.tagName === "span" && element.children.length === 1 && only?.type === "text";
}
