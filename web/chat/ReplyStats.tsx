import { lazy, Suspense } from "react";
import type { GenerationStats, StopReason } from "../../server/protocol/generation.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { chatSeed } from "../state/settingsScopes.js";
import { type SpeedSample, speedSeries } from "../state/speedSeries.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Popover } from "../ui/Popover.js";
import styles from "./ReplyStats.module.css";

const SpeedChart = lazy(() => import("../inside/SpeedChart.js"));

interface Props {
  /** When which part of the reply came, if this page saw it. */
  samples: readonly SpeedSample[] | undefined;
  stats: GenerationStats;
  stopReason: StopReason | undefined;
  modelName: string;
}

/** The figures of a finished reply in one muted line; a press shows the rest. */
export function ReplyStats({ samples, stats, stopReason, modelName }: Props) {
  const words = messages.stats;
  const summary = [
    words.speed(stats.tokensPerSecond),
    words.tokens(stats.generatedTokens),
    words.firstToken(stats.ttftMs),
    ...(stopReason ? [words.stop(words.reasons[stopReason])] : []),
  ];
  const readTokens = stats.promptTokens - stats.cachedTokens;
  const rows: [string, string][] = [
    [words.model, modelName],
    [words.promptTokens, words.tokens(stats.promptTokens)],
    [words.cachedTokens, words.tokens(stats.cachedTokens)],
    [words.promptSpeed, words.speed(stats.promptEvalMs > 0 ? (readTokens * 1000) / stats.promptEvalMs : 0)],
    [words.generatedTokens, words.tokens(stats.generatedTokens)],
    ...(stats.guessedTokens === undefined
      ? []
      : [
          [words.guessedTokens, words.guessed(stats.acceptedTokens ?? 0, stats.guessedTokens)] satisfies [
            string,
            string,
          ],
        ]),
    [words.generationTime, words.seconds(stats.generationMs)],
    [words.firstTokenTime, words.seconds(stats.ttftMs)],
    [words.contextTokens, words.tokens(stats.contextTokens)],
    ...(stopReason ? [[words.stopReason, words.reasons[stopReason]] satisfies [string, string]] : []),
    [words.seed, words.plain(stats.seed)],
  ];
  return (
    <Popover
      button={(attributes) => (
        <button type="button" className={styles.summary} title={words.details} {...attributes}>
          {summary.map((part) => (
            <span key={part}>{part}</span>
          ))}
        </button>
      )}
    >
      {() => (
        <>
          <Chart samples={samples} generationMs={stats.generationMs} />
          <dl className={styles.details}>
            {rows.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <SeedLock seed={stats.seed} />
        </>
      )}
    </Popover>
  );
}

function Chart({ samples, generationMs }: { samples: readonly SpeedSample[] | undefined; generationMs: number }) {
  const speeds = samples && speedSeries(samples, generationMs);
  if (!speeds) return null;
  return (
    <Suspense fallback={null}>
      <SpeedChart speeds={speeds} />
    </Suspense>
  );
}

/** Keeps the seed of a reply for the chat's next ones, or lets it go again. */
function SeedLock({ seed }: { seed: number }) {
  const locked = useAppState((state) => chatSeed(state) === seed);
  const { lockSeed } = useActions();
  const words = messages.settings;
  const shown = messages.stats.plain(seed);
  return (
    <Button
      icon={locked ? "unlock" : "lock"}
      className={styles.lock ?? ""}
      onClick={() => lockSeed(locked ? undefined : seed)}
    >
      {locked ? words.seedUnlock(shown) : words.seedLock(shown)}
    </Button>
  );
}
