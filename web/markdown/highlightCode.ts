import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import type { CodePart } from "./CodeParts.js";

const lowlight = createLowlight({
  ...{ bash, c, cpp, csharp, css, diff, go, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust },
  ...{ sql, swift, typescript, xml, yaml },
});
lowlight.registerAlias({ ini: ["toml"], bash: ["console", "shell", "sh", "zsh"], xml: ["html", "svg", "vue"] });

type Nodes = ReturnType<typeof lowlight.highlight>["children"];

/** Code in coloured parts; undefined for a language that is not known here. */
export function highlightCode(language: string, text: string): CodePart[] | undefined {
  if (!lowlight.registered(language)) return undefined;
  return partsOf(lowlight.highlight(language, text).children, undefined);
}

/** Flattens the tree: what is drawn for a text is decided by the class nearest to it that has a colour. */
function partsOf(nodes: Nodes, kind: string | undefined): CodePart[] {
  return nodes.flatMap((node): CodePart[] => {
    if (node.type === "text") return [{ text: node.value, kind }];
    if (node.type !== "element") return [];
    const [name] = Array.isArray(node.properties.className) ? node.properties.className : [];
    const inner = typeof name === "string" ? name.replace(/^hljs-/, "") : kind;
    return partsOf(node.children as Nodes, inner);
  });
}
