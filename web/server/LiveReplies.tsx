import type { LiveGeneration } from "../../server/protocol/serverStatus.js";
import { messages } from "../ui/messages.js";
import styles from "./ServerScreen.module.css";

interface Props {
  replies: readonly LiveGeneration[];
  nameOf: (modelId: string) => string;
}

/** More would push everything else off the screen; the queue's length is plotted above. */
const mostShown = 12;

/** What is being made and who waits, the next ones first: figures alone, whoever asked for it. */
export function LiveReplies({ replies, nameOf }: Props) {
  const words = messages.server;
  if (replies.length === 0) return <p className={styles.quiet}>{words.noReplies}</p>;
  const inOrder = [...replies].sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.number - b.number);
  const hidden = inOrder.length - mostShown;
  return (
    <>
      <ul className={styles.replies}>
        {inOrder.slice(0, mostShown).map((reply) => (
          <li key={reply.number}>
            <span className={styles.replyName}>{nameOf(reply.modelId)}</span>
            <span className={styles.quiet}>{facts(reply).join(" · ")}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 ? <p className={styles.quiet}>{words.moreReplies(hidden)}</p> : null}
    </>
  );
}

function facts(reply: LiveGeneration): string[] {
  const { phase, generatedTokens, tokensPerSecond, ageMs } = reply;
  const { server, stats } = messages;
  return [
    doing(reply),
    ...(phase === "answering" ? [stats.tokens(generatedTokens), server.perSecond(tokensPerSecond)] : []),
    server.since(ageMs),
  ];
}

function doing({ phase, position, evaluatedTokens = 0, promptTokens }: LiveGeneration): string {
  const { phase: words, server } = messages;
  switch (phase) {
    case "queued":
      return position === undefined ? server.waitsForPlace : words.queued(position);
    case "loading":
      return server.waitsForModel;
    case "summarising":
      return server.summarises;
    case "reading":
      return promptTokens === undefined ? words.starting : words.reading(evaluatedTokens, promptTokens);
    case "answering":
      return words.answering;
    case "starting":
      return words.starting;
  }
}
