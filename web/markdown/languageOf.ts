/** Markdown gives `language-xyz` as the class of code; what is not a plain word is no language. */
export function languageOf(className: string | undefined): string | undefined {
  return /(?:^|\s)language-([\w+#.-]{1,24})(?:\s|$)/.exec(className ?? "")?.[1];
}
