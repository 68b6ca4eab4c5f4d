import type { ModelInfo } from "../../server/protocol/model.js";
import { temperatureLimits } from "../generate/limits.js";
import { phaseText } from "../generate/phaseText.js";
import { Markdown } from "../markdown/Markdown.js";
import type { GenerationView } from "../state/applyGenerationEvent.js";
import { Button } from "../ui/Button.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import styles from "./ComparePage.module.css";
import type { CompareColumn, CompareEvent } from "./reduceCompare.js";

interface Props {
  column: CompareColumn;
  number: number;
  models: readonly ModelInfo[];
  /** Nothing can be set now. */
  fixed: boolean;
  removable: boolean;
  voted: boolean;
  votable: boolean;
  dispatch: (event: CompareEvent) => void;
  onKeep: () => void;
}

/** One column: the model and its settings, what it writes, and what can be done with that. */
export function CompareAnswer({ column, number, models, fixed, removable, voted, votable, dispatch, onKeep }: Props) {
  const { id, modelId, temperature, view, wins } = column;
  const words = messages.compare;
  const setTemperature = (text: string) => {
    const value = Number.parseFloat(text);
    const { min, max } = temperatureLimits;
    dispatch({
      type: "temperatureSet",
      id,
      temperature: Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : undefined,
    });
  };
  const error = view?.end?.error;
  return (
    <section className={[styles.column, voted ? styles.best : ""].join(" ")} aria-label={words.columnLabel(number)}>
      <div className={styles.settings}>
        <select
          className={styles.model}
          aria-label={words.model(number)}
          value={modelId}
          disabled={fixed}
          onChange={(event) => dispatch({ type: "modelChosen", id, modelId: event.target.value })}
        >
          {models.map((model) => (
            <option key={model.id} value={model.id}>
              {model.name}
            </option>
          ))}
        </select>
        {removable ? (
          <IconButton
            icon="close"
            iconSize={16}
            label={words.remove(number)}
            disabled={fixed}
            onClick={() => dispatch({ type: "columnRemoved", id })}
          />
        ) : null}
        <label className={styles.setting}>
          {words.temperature}
          <input
            type="number"
            min={temperatureLimits.min}
            max={temperatureLimits.max}
            step={0.1}
            placeholder={words.usual}
            defaultValue={temperature}
            disabled={fixed}
            onChange={(event) => setTemperature(event.target.value)}
          />
        </label>
      </div>
      <div className={styles.answer} aria-busy={view !== undefined && !view.end}>
        {view && view.text !== "" ? <Markdown text={view.text} streaming={!view.end} /> : null}
        {view && view.text === "" && !view.end ? <p className={styles.quiet}>{phaseText(view.phase)}</p> : null}
        {view?.end && view.text === "" && !error ? <p className={styles.quiet}>{messages.message.emptyReply}</p> : null}
        {error ? (
          <Notice look="bad" title={messages.errors.titles[error.code] ?? messages.errors.titles.fallback}>
            <p>{messages.errors.said(error).message}</p>
          </Notice>
        ) : null}
      </div>
      <p className={styles.figures}>{view ? figures(view) : null}</p>
      {view?.end && votable ? (
        <div className={styles.buttons}>
          <Button
            icon={voted ? "check" : "thumbUp"}
            aria-pressed={voted}
            onClick={() => dispatch({ type: "voted", id })}
          >
            {voted ? words.best : words.vote}
          </Button>
          <Button icon="branch" onClick={onKeep}>
            {words.keep}
          </Button>
          {wins > 0 ? <span className={styles.figures}>{words.wins(wins)}</span> : null}
        </div>
      ) : null}
    </section>
  );
}

function figures({ tokenCount, text, end }: GenerationView): string {
  const { stats } = messages;
  const length = messages.compare.characters(text.length);
  if (!end?.stats) return [stats.tokens(tokenCount), length].join(" · ");
  return [
    stats.speed(end.stats.tokensPerSecond),
    stats.tokens(end.stats.generatedTokens),
    length,
    stats.firstToken(end.stats.ttftMs),
    stats.stop(stats.reasons[end.stopReason]),
  ].join(" · ");
}
