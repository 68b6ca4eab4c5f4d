/** A piece of a template: text as it stands, or a place to fill. */
export type TemplatePart = { text: string } | { field: string };

/** A template's pieces in order. A placeholder is `{{name}}`: a letter, then letters, digits, `_` or `-`; spaces beside it are ignored. */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(/\{\{\s*([a-z][\w-]*)\s*\}\}/gi)) {
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    parts.push({ field: match[1] ?? "" });
    end = match.index + match[0].length;
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}

/** What is to be filled in, each once, in the order of the text. */
export function templateFields(template: string): string[] {
  return [...new Set(templateParts(template).flatMap((part) => ("field" in part ? [part.field] : [])))];
}

/** The template with its fields filled. What is filled in is not looked through for placeholders again. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return templateParts(template)
    .map((part) => ("field" in part ? (values[part.field] ?? "") : part.text))
    .join("");
}

/** Names that the server stores; a file in the folder may have another. */
export function isTemplateName(name: string): boolean {
  return /^[A-Za-z0-9 _-]{1,60}$/.test(name);
}

/** The first free name of `name`, `name 2`, `name 3` … */
export function freeName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const tried = number === 1 ? name : `${name} ${number}`;
    if (!taken.includes(tried)) return tried;
  }
}
