import { type FormEvent, useId, useState } from "react";
import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import styles from "./ModelCard.module.css";

/** Installs what is in no catalog: a repository of the hub or a file at an address. */
export function InstallSource() {
  const { startInstall } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [source, setSource] = useState("");
  const id = useId();
  const words = messages.install;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const trimmed = source.trim();
    if (trimmed !== "" && (await attempt(() => startInstall({ source: trimmed })))) setSource("");
  };
  return (
    <form className={styles.card} onSubmit={(event) => void submit(event)}>
      <label className={styles.label} htmlFor={id}>
        {words.sourceLabel}
      </label>
      <div className={styles.sourceLine}>
        <input
          id={id}
          className={styles.source}
          value={source}
          maxLength={2048}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          aria-describedby={`${id}-help`}
          placeholder={words.sourcePlaceholder}
          onChange={(event) => setSource(event.target.value)}
        />
        <Button type="submit" icon="download" disabled={busy || source.trim() === ""}>
          {words.install}
        </Button>
      </div>
      <p id={`${id}-help`} className={styles.facts}>
        {words.sourceHelp}
      </p>
      <ProblemNotice problem={problem} />
    </form>
  );
}
