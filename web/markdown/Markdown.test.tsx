import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Markdown } from "./Markdown.js";

afterEach(cleanup);
const show = (text: string, streaming = false) => render(<Markdown text={text} streaming={streaming} />).container;

describe("Markdown", () => {
  it("draws GitHub's Markdown", () => {
    const page = show("# A\n\n**b** ~~c~~\n\n| x |\n| - |\n| 1 |\n\n- [x] done");
    expect(page.querySelector("h1")?.textContent).toBe("A");
    expect(page.querySelector("strong")?.textContent).toBe("b");
    expect(page.querySelector("del")?.textContent).toBe("c");
    expect(page.querySelector("td")?.textContent).toBe("1");
    expect(page.querySelector<HTMLInputElement>("input[type=checkbox]")?.checked).toBe(true);
  });

  it("closes what is still open while it streams", () => {
    const page = show("a **bold", true);
    expect(page.querySelector("strong")?.textContent).toBe("bold");
    expect(page.textContent).not.toContain("*");
  });

  it("finds a link's address in a later block", () => {
    show("See [the book][1].\n\nMore.\n\n[1]: https://example.com/book");
    expect(screen.getByRole("link", { name: "the book" }).getAttribute("href")).toBe("https://example.com/book");
  });

  it("keeps the nodes of finished blocks while more comes", () => {
    const { container, rerender } = render(<Markdown text={"one\n\ntwo"} streaming />);
    const first = container.querySelector("p");
    rerender(<Markdown text={"one\n\ntwo three\n\nfour"} streaming />);
    expect(container.querySelector("p")).toBe(first);
    expect(container.textContent).toContain("two three");
  });

  it("appends to the growing text node, so that a selection in it lives", () => {
    const { container, rerender } = render(<Markdown text="Once upon" streaming />);
    const node = container.querySelector("p span")?.firstChild;
    rerender(<Markdown text="Once upon a time" streaming />);
    expect(container.querySelector("p span")?.firstChild).toBe(node);
    rerender(<Markdown text="Once upon a time" streaming={false} />);
    expect(container.querySelector("p span")?.firstChild).toBe(node);
    expect(node?.textContent).toBe("Once upon a time");
  });

  it("names the language of code and copies no more than the code", () => {
    const page = show("```ts\nlet a = 1;\n```");
    expect(page.querySelector("figcaption")?.textContent).toContain("ts");
    expect(page.querySelector("pre")?.textContent).toBe("let a = 1;\n");
    expect(screen.getByRole("button", { name: "Copy code" })).toBeDefined();
  });
});

describe("poems, code and formulas", () => {
  // KaTeX asks for it, and this document without a window does not say it.
  beforeAll(() => void Object.defineProperty(document, "compatMode", { value: "CSS1Compat", configurable: true }));

  it("keeps the lines of a poem", () => {
    const page = show("Roses are red\nViolets are blue");
    expect(page.querySelectorAll("p br")).toHaveLength(1);
  });

  it("colours finished code of a language it knows, without changing a letter", async () => {
    const code = 'const a = "<b>"; // why\n';
    const page = show(`\`\`\`ts\n${code}\`\`\``);
    await vi.waitFor(() => expect(page.querySelectorAll("pre span").length).toBeGreaterThan(2));
    expect(page.querySelector("pre")?.textContent).toBe(code);
    expect(page.querySelector("pre b")).toBeNull();
  });

  it("folds long code, unless the reader has watched it grow", () => {
    const long = `\`\`\`\n${"line\n".repeat(50)}\`\`\``;
    expect(show(long).querySelector("[aria-expanded=false]")?.textContent).toBe("Show all 50 lines");
    cleanup();
    expect(show(long, true).querySelector("[aria-expanded=true]")).not.toBeNull();
  });

  it.each(["$$x^2$$", "\\(x^2\\)", "\\[x^2\\]", "so $x^2$."])(
    "draws the formula %s",
    async (text) => {
      const page = show(text);
      await vi.waitFor(() => expect(page.querySelector(".katex")).not.toBeNull(), { timeout: 10_000 });
      expect(page.querySelector("msup")).not.toBeNull();
    },
    30_000,
  );

  it("draws a command that it does not know as it is written, and shows what is no formula whole", async () => {
    const drawn = show("$$x + \\nothing{y}$$");
    await vi.waitFor(() => expect(drawn.querySelector(".katex")).not.toBeNull(), { timeout: 10_000 });
    expect(drawn.textContent).toContain("\\nothing");
    cleanup();
    const broken = show("$$\\frac{1}{$$");
    await vi.waitFor(() => expect(broken.textContent).toBe("\\frac{1}{"), { timeout: 10_000 });
    expect(broken.querySelector("[style]")).toBeNull();
  }, 30_000);

  it("leaves the numbers of a list the room that they take", () => {
    expect(show("1. one\n2. two").querySelector("ol")?.style.paddingInlineStart).toBe("");
    cleanup();
    expect(show("98. a\n99. b\n100. c").querySelector("ol")?.style.paddingInlineStart).toBe("calc(3ch + 1em)");
    cleanup();
    const year = show("1984. A year.").querySelector("ol");
    expect([year?.getAttribute("start"), year?.style.paddingInlineStart]).toEqual(["1984", "calc(4ch + 1em)"]);
  });

  it("links and loads nothing from a formula", async () => {
    const page = show("$$\\href{javascript:alert(1)}{x} \\includegraphics{https://evil.example/x.png} + 1$$");
    await vi.waitFor(() => expect(page.querySelector(".katex, .katex-error")).not.toBeNull(), { timeout: 10_000 });
    expect(page.querySelector("a, img, [href], [src]")).toBeNull();
  }, 30_000);
});

describe("[T19] what a model may not do", () => {
  it("shows raw HTML as text", () => {
    const page = show('<img src=x onerror="alert(1)"> <svg onload=alert(1)>\n\n<script>alert(1)</script>');
    expect(page.querySelector("img, svg[onload], script")).toBeNull();
    expect(page.textContent).toContain("<script>alert(1)</script>");
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/c/1",
    "JaVaScRiPt:alert(1)",
  ])("makes no link of %s", (address) => {
    const page = show(`[words](${address})`);
    expect(page.querySelector("a")).toBeNull();
    expect(page.textContent).toBe("words");
  });

  it("opens links apart from the page", () => {
    show("[words](https://example.com)");
    const link = screen.getByRole("link", { name: "words" });
    expect([link.getAttribute("rel"), link.getAttribute("target")]).toEqual(["noopener noreferrer", "_blank"]);
  });

  it.each(["![a](https://evil.example/?q=secret)", "![a][1]\n\n[1]: https://evil.example/x"])(
    "loads no image: %s",
    (text) => {
      const page = show(text);
      expect(page.querySelector("img")).toBeNull();
      expect(page.textContent).toContain("evil.example");
    },
  );

  it("takes no markup from a code fence's language", () => {
    const page = show('```"><img/src=x/onerror=alert(1)>\ncode\n```');
    expect(page.querySelector("img")).toBeNull();
    expect(page.querySelector("pre")?.textContent).toBe("code\n");
  });
});

describe("[T23] text that keeps parsers busy", () => {
  it.each([
    ["brackets", "[".repeat(10_000)],
    ["image openers", "![".repeat(5000)],
    ["quotes", "> ".repeat(5000)],
    ["lists", `${"- ".repeat(3000)}a`],
    ["a long line", "a".repeat(1_000_000)],
    ["emphasis", "*a ".repeat(10_000)],
    ["underscores", "_a__b".repeat(5000)],
    ["links", "[a](".repeat(5000)],
    ["indented lists", Array.from({ length: 300 }, (_, depth) => `${" ".repeat(depth * 2)}- a`).join("\n")],
  ])(
    "shows %s as plain text, soon",
    (_name, text) => {
      const startedMs = performance.now();
      expect(show(text).textContent?.length).toBeGreaterThanOrEqual(text.trim().length);
      // A stall would take many seconds; this only says that there is none.
      expect(performance.now() - startedMs).toBeLessThan(10_000);
    },
    30_000,
  );
});
