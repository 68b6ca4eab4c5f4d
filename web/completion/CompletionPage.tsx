import { type KeyboardEvent, lazy, Suspense, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { maxTextLength } from "../generate/limits.js";
import { phaseText } from "../generate/phaseText.js";
import { type GenerationRun, runGeneration } from "../generate/runGeneration.js";
import { storedSampling } from "../generate/storedSampling.js";
import { useActions, useAppState, useConnection } from "../state/AppContext.js";
import type { GenerationView } from "../state/applyGenerationEvent.js";
import { announce } from "../ui/announce.js";
import { Button } from "../ui/Button.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import { useEscape } from "../ui/useEscape.js";
import { useMediaQuery } from "../ui/useMediaQuery.js";
import styles from "./CompletionPage.module.css";
import { CompletionTemplates } from "./CompletionTemplates.js";
import { readCompletion, writeCompletion } from "./completionStorage.js";
import { reduceCompletion, startCompletion } from "./reduceCompletion.js";
import { TintedText } from "./TintedText.js";

const TemplateFields = lazy(() => import("../templates/TemplateFields.js"));

/** One large editor in which a model goes on with the text from the cursor, as LLaMA did before it could chat. */
export default function CompletionPage() {
  const connection = useConnection();
  const { flushSettings } = useActions();
  const modelId = useAppState((state) => state.models.selectedId);
  const connected = useAppState((state) => state.connection.status === "connected");
  const [state, dispatch] = useReducer(reduceCompletion, undefined, () => startCompletion(readCompletion()));
  const [view, setView] = useState<GenerationView | undefined>();
  const run = useRef<GenerationRun>(undefined);
  const starting = useRef(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const cursorAfterRun = useRef<number>(undefined);
  const cursorWanted = useRef<number>(undefined);
  const touch = useMediaQuery("(pointer: coarse)");
  const [filling, setFilling] = useState<PromptTemplate | undefined>();
  const words = messages.completion;
  const running = state.run !== undefined;

  useEffect(() => () => run.current?.close(), []);
  useEffect(() => {
    if (!running) writeCompletion({ text: state.text, generated: state.generated });
  }, [running, state.text, state.generated]);
  useLayoutEffect(() => {
    if (state.run) cursorAfterRun.current = state.run.at + state.run.length;
    else if (cursorAfterRun.current !== undefined) {
      editor.current?.setSelectionRange(cursorAfterRun.current, cursorAfterRun.current);
      cursorAfterRun.current = undefined;
    }
  }, [state.run]);

  /** Puts a filled template where the cursor is, over what is selected, as one step; the cursor comes behind it. */
  const insert = (text: string) => {
    const box = editor.current;
    if (!box || running) return;
    setFilling(undefined);
    const { selectionStart: start, selectionEnd: end } = box;
    const after = state.text.slice(0, start) + text + state.text.slice(end);
    if (after !== state.text) cursorWanted.current = start + text.length;
    dispatch({ type: "inserted", text: after });
    box.focus();
  };
  useLayoutEffect(() => {
    if (cursorWanted.current === undefined) return;
    editor.current?.setSelectionRange(cursorWanted.current, cursorWanted.current);
    cursorWanted.current = undefined;
  });

  const generate = async () => {
    if (running || starting.current || modelId === undefined || !connected) return;
    starting.current = true;
    const at = editor.current?.selectionEnd ?? state.text.length;
    const prompt = state.text.slice(0, at);
    setView(undefined);
    dispatch({ type: "generationBegun", at });
    // What was changed a moment ago counts.
    flushSettings();
    const sampling = await storedSampling(connection, modelId);
    starting.current = false;
    if (!editor.current) return;
    run.current = runGeneration(connection, { modelId, prompt, sampling }, (next) => {
      setView(next);
      dispatch({ type: "generationGrew", text: next.text });
      if (!next.end) return;
      dispatch({ type: "generationEnded" });
      announce(
        next.end.error ? messages.errors.said(next.end.error).message : messages.announce.finished(next.tokenCount),
      );
    });
  };
  const stop = () => run.current?.stop();
  useEscape(running, () => {
    stop();
    return true;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (!command || event.nativeEvent.isComposing) return;
    if (key === "enter") void generate();
    else if (key === "z" && !event.shiftKey) dispatch({ type: "undone" });
    else if (key === "y" || key === "z") dispatch({ type: "redone" });
    else return;
    event.preventDefault();
  };
  const error = view?.end?.error;
  const said = error && messages.errors.said(error);

  return (
    <div className={styles.page}>
      <div className={styles.scroller}>
        <div className={styles.paper}>
          <TintedText text={state.text} generated={state.generated} />
          <textarea
            ref={editor}
            className={styles.editor}
            aria-label={words.editorLabel}
            placeholder={words.placeholder}
            value={state.text}
            readOnly={running}
            maxLength={maxTextLength}
            spellCheck={false}
            onChange={(event) => dispatch({ type: "edited", text: event.target.value })}
            onKeyDown={onKeyDown}
          />
        </div>
      </div>
      {error ? (
        <div className={styles.notice}>
          <Notice look="bad" title={messages.errors.titles[error.code] ?? messages.errors.titles.fallback}>
            <p>{said?.message}</p>
            {said?.hint ? <p>{said.hint}</p> : null}
          </Notice>
        </div>
      ) : null}
      {filling ? (
        <div className={styles.notice}>
          <Suspense fallback={null}>
            <TemplateFields
              key={filling.name}
              template={filling}
              useLabel={messages.templates.useHere}
              disabled={running}
              onFilled={insert}
              onCancel={() => {
                setFilling(undefined);
                editor.current?.focus();
              }}
            />
          </Suspense>
        </div>
      ) : null}
      <div className={styles.bar}>
        {running ? (
          <Button icon="stop" look="accent" onClick={stop}>
            {messages.composer.stop}
          </Button>
        ) : (
          <Button
            icon="pencil"
            look="accent"
            disabled={modelId === undefined || !connected}
            title={words.generateTip}
            onClick={() => void generate()}
          >
            {words.generate}
          </Button>
        )}
        <IconButton
          icon="undo"
          label={words.undo}
          disabled={running || state.past.length === 0}
          onClick={() => dispatch({ type: "undone" })}
        />
        <IconButton
          icon="redo"
          label={words.redo}
          disabled={running || state.future.length === 0}
          onClick={() => dispatch({ type: "redone" })}
        />
        <CompletionTemplates disabled={running} onChoose={setFilling} />
        <span className={styles.figures}>{view && !error ? figures(view) : touch ? "" : words.hint}</span>
      </div>
    </div>
  );
}

function figures({ phase, tokenCount, end }: GenerationView): string {
  const { stats } = messages;
  if (end?.stats)
    return [
      stats.speed(end.stats.tokensPerSecond),
      stats.tokens(end.stats.generatedTokens),
      stats.stop(stats.reasons[end.stopReason]),
    ].join(" · ");
  if (tokenCount > 0) return stats.tokens(tokenCount);
  return phaseText(phase);
}
