interface HelpSection {
  title?: string;
  body: string;
}

/** The parser's help with what the command does, and without what says nothing: a line for every command's own help, and defaults of flags that have none. */
export function shortenHelp(sections: HelpSection[], description: string | undefined): HelpSection[] {
  const [version, ...others] = sections.map(({ title, body }) =>
    title?.startsWith("For more info") === true
      ? { body: "cria <command> --help says what a command takes." }
      : { ...(title === undefined ? {} : { title }), body: body.replace(/ +(\(default: true\))?$/gm, "") },
  );
  return [version ?? { body: "" }, ...(description ? [{ body: description }] : []), ...others];
}
