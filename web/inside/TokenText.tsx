import { type KeyboardEvent, memo, useCallback, useEffect, useRef, useState } from "react";
import type { InsideSpan } from "../state/insideSpans.js";
import { messages } from "../ui/messages.js";
import { useEscape } from "../ui/useEscape.js";
import { Alternatives } from "./Alternatives.js";
import { probabilityLevel, probabilityLevels } from "./probabilityLevel.js";
import styles from "./TokenText.module.css";
import { spokenToken } from "./tokenName.js";

interface Props {
  messageId: string;
  spans: readonly InsideSpan[];
  running: boolean;
}

/** Time to go from a token to its panel with the pointer. */
const leaveMs = 250;

/**
 * A reply token by token, each marked by how probable it was. Pointing at one, pressing it or moving to it with the arrow keys shows
 * what else could have come; Enter goes to those.
 */
export default function TokenText({ messageId, spans, running }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [shownIndex, setShownIndex] = useState<number | undefined>();
  const [stopIndex, setStopIndex] = useState(() => spans.findIndex(({ token }) => token));
  const words = messages.inside;

  const stay = useCallback(() => clearTimeout(timer.current), []);
  const show = useCallback(
    (index: number | undefined) => {
      stay();
      setShownIndex(index);
      if (index !== undefined) setStopIndex(index);
    },
    [stay],
  );
  const leaveSoon = () => {
    stay();
    timer.current = setTimeout(() => setShownIndex(undefined), leaveMs);
  };
  useEffect(() => stay, [stay]);
  useEscape(shownIndex !== undefined, () => {
    if (box.current?.contains(document.activeElement)) tokenAt(stopIndex)?.focus();
    show(undefined);
    return true;
  });

  const tokenAt = (index: number) => box.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.index === undefined) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      let next = Number(event.target.dataset.index) + step;
      while (spans[next] && !spans[next]?.token) next += step;
      tokenAt(next)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      box.current?.querySelector<HTMLElement>("[data-alternative]:not(:disabled)")?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = shownIndex === undefined ? undefined : spans[shownIndex];
  const anchor = shownIndex === undefined ? null : tokenAt(shownIndex);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form; these are the words of a reply.
    <div
      ref={box}
      role="group"
      aria-label={words.textLabel}
      className={styles.inside}
      onKeyDown={onKeyDown}
      onPointerLeave={(event) => {
        if (event.pointerType === "mouse") leaveSoon();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) leaveSoon();
      }}
    >
      <div className={styles.text}>
        {spans.map((span, index) => (
          <Token
            // biome-ignore lint/suspicious/noArrayIndexKey: tokens only come at the end, so the place is the identity.
            key={index}
            span={span}
            index={index}
            stop={index === stopIndex}
            shown={index === shownIndex}
            onShow={show}
          />
        ))}
      </div>
      {shown?.token && anchor ? (
        <Alternatives
          key={shownIndex}
          anchor={anchor}
          token={shown.token}
          messageId={messageId}
          textBefore={spans
            .slice(0, shownIndex)
            .map(({ text }) => text)
            .join("")}
          running={running}
          onEnter={stay}
          onDone={() => show(undefined)}
        />
      ) : null}
      <p className={styles.legend}>
        <span>{words.legend}</span>
        {probabilityLevels.map((level) => (
          <span key={level} className={[styles.sample, styles[level]].join(" ")}>
            {words.levels[level]}
          </span>
        ))}
        <span>{words.how}</span>
      </p>
    </div>
  );
}

interface TokenProps {
  span: InsideSpan;
  index: number;
  /** The Tab key stops at it. */
  stop: boolean;
  shown: boolean;
  onShow: (index: number) => void;
}

const Token = memo(function Token({ span: { text, token }, index, stop, shown, onShow }: TokenProps) {
  if (!token) return <span>{text}</span>;
  const words = messages.inside;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button element is a box that does not break over lines as text does.
    <span
      role="button"
      tabIndex={stop ? 0 : -1}
      data-index={index}
      aria-haspopup="dialog"
      aria-expanded={shown}
      aria-label={words.token(spokenToken({ text }), words.probability(token.probability))}
      className={[styles.token, styles[probabilityLevel(token.probability)], shown ? styles.shown : ""].join(" ")}
      onPointerEnter={(event) => {
        if (event.pointerType === "mouse") onShow(index);
      }}
      onPointerUp={() => onShow(index)}
      onFocus={() => onShow(index)}
    >
      {text}
    </span>
  );
});
