import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { TokenDetail } from "../../server/protocol/generation.js";
import type { PageError } from "../connection/PageError.js";
import { useActions } from "../state/AppContext.js";
import { keepBeside } from "../ui/keepBeside.js";
import { messages } from "../ui/messages.js";
import styles from "./Alternatives.module.css";
import { spokenToken, tokenName } from "./tokenName.js";

interface Props {
  anchor: HTMLElement;
  token: TokenDetail;
  messageId: string;
  /** The reply up to the token. */
  textBefore: string;
  running: boolean;
  onEnter: () => void;
  onDone: () => void;
}

/** What could have come in a token's place, as bars; choosing one branches the reply there. */
export function Alternatives({ anchor, token, messageId, textBefore, running, onEnter, onDone }: Props) {
  const panel = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<PageError | undefined>();
  const { branchReply } = useActions();
  const words = messages.inside;
  // The sampling may have chosen what is not among the most probable ones.
  const rows = token.top.some(({ id }) => id === token.id) ? token.top : [...token.top, token];

  useLayoutEffect(() => {
    const box = panel.current;
    // A token may be broken over two lines: its first piece counts.
    return box
      ? keepBeside(box, () => anchor.getClientRects()[0] ?? anchor.getBoundingClientRect(), "start")
      : undefined;
  }, [anchor]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(panel.current?.querySelectorAll<HTMLElement>("[data-alternative]:not(:disabled)") ?? [])];
    const focused = document.activeElement;
    const place = focused instanceof HTMLElement ? buttons.indexOf(focused) : -1;
    buttons[place + step]?.focus();
  };
  const choose = async (text: string) => {
    const problem = await branchReply(messageId, textBefore + text);
    setError(problem);
    if (!problem) onDone();
  };

  return (
    <div
      ref={panel}
      popover="manual"
      role="dialog"
      aria-label={words.panelLabel(spokenToken(token))}
      className={styles.panel}
      onPointerEnter={onEnter}
      onKeyDown={onKeyDown}
    >
      <ul className={styles.rows}>
        {rows.map((row) => {
          const chosen = row.id === token.id;
          const content = (
            <>
              <span className={styles.name}>{tokenName(row)}</span>
              <span className={styles.track} aria-hidden="true">
                <span className={styles.bar} style={{ inlineSize: `${Math.max(1, row.probability * 100)}%` }} />
              </span>
              <span className={styles.value}>{words.probability(row.probability)}</span>
            </>
          );
          return (
            <li key={row.id}>
              {chosen ? (
                <div className={[styles.row, styles.chosen].join(" ")}>
                  {content}
                  <span className="visuallyHidden">{words.chosen}</span>
                </div>
              ) : (
                <button
                  type="button"
                  data-alternative=""
                  className={styles.row}
                  aria-label={`${words.choose(spokenToken(row))}, ${words.probability(row.probability)}`}
                  disabled={running || row.bytes !== undefined || row.text === ""}
                  onClick={() => void choose(row.text)}
                >
                  {content}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p className={styles.hint}>{rows.length === 1 ? words.onlyOne : running ? words.busyHint : words.branchHint}</p>
      {error ? (
        <p role="alert" className={styles.error}>
          {messages.errors.said(error).message}
        </p>
      ) : null}
    </div>
  );
}
