import { expect, it } from "vitest";
import { htmlEncode } from "./htmlEncode.js";

it("[DA11] encodes as Dalai did: entities, line breaks, every unit beyond ASCII by its number", () => {
  expect(htmlEncode(`<a href="x">'&'</a>\r\n\t\b\fé€😀`)).toBe(
    "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;<br>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&#233;&#8364;&#55357;&#56832;",
  );
  expect(htmlEncode("constructor __proto__")).toBe("constructor __proto__");
});
