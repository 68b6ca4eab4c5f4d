import { type KeyboardEvent, useEffect, useReducer, useRef, useState } from "react";
import type { PageError } from "../connection/PageError.js";
import { randomId } from "../connection/randomId.js";
import { maxTextLength } from "../generate/limits.js";
import { useActions, useAppState, useConnection } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { Notice } from "../ui/Notice.js";
import { useEscape } from "../ui/useEscape.js";
import { CompareAnswer } from "./CompareAnswer.js";
import styles from "./ComparePage.module.css";
import { type CompareColumn, columnLimits, isComparing, reduceCompare, startCompare } from "./reduceCompare.js";
import { type ColumnRun, runColumn } from "./runColumn.js";

/** One prompt to two or more models or settings at once, to see which does better. */
export default function ComparePage() {
  const list = useAppState((state) => state.models.list);
  if (!list || list.length === 0) return <p className={styles.empty}>{messages.models[list ? "none" : "loading"]}</p>;
  return <Columns />;
}

function Columns() {
  const connection = useConnection();
  const { selectModel, openChat } = useActions();
  const models = useAppState((state) => state.models.list) ?? [];
  const selectedId = useAppState((state) => state.models.selectedId);
  const connected = useAppState((state) => state.connection.status === "connected");
  const [state, dispatch] = useReducer(reduceCompare, undefined, () =>
    startCompare(
      selectedId,
      models.map(({ id }) => id),
    ),
  );
  const [prompt, setPrompt] = useState("");
  const [refused, setRefused] = useState<PageError | undefined>();
  const runs = useRef<ColumnRun[]>([]);
  const words = messages.compare;
  const running = isComparing(state);

  useEffect(
    () => () => {
      for (const run of runs.current) run.close();
    },
    [],
  );
  const start = () => {
    const text = prompt.trim();
    if (text === "" || running || !connected) return;
    setRefused(undefined);
    dispatch({ type: "runBegun", prompt: text });
    runs.current = state.columns.map((column) =>
      runColumn(connection, column, text, (view) => dispatch({ type: "viewChanged", id: column.id, view })),
    );
  };
  const stop = () => {
    for (const run of runs.current) run.stop();
  };
  useEscape(running, () => {
    stop();
    return true;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    start();
  };
  /** The same model, prompt, settings and seed: the chat begins with the same reply. */
  const keep = async ({ modelId, temperature, view }: CompareColumn) => {
    const own = temperature === undefined ? {} : { temperature };
    const seed = view?.end?.stats?.seed;
    const result = await connection.request("chat:send", {
      requestId: randomId(),
      text: state.prompt ?? "",
      modelId,
      sampling: { ...own, ...(seed === undefined ? {} : { seed }) },
      settings: { sampling: own },
    });
    if (!result.ok) return setRefused(result.error);
    openChat(result.data.conversation.id);
    selectModel(modelId);
  };

  return (
    <div className={styles.page}>
      <div className={styles.ask}>
        <textarea
          className={styles.prompt}
          rows={3}
          aria-label={words.promptLabel}
          placeholder={words.placeholder}
          value={prompt}
          maxLength={maxTextLength}
          onChange={(event) => setPrompt(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className={styles.buttons}>
          {running ? (
            <Button icon="stop" look="accent" onClick={stop}>
              {messages.composer.stop}
            </Button>
          ) : (
            <Button icon="send" look="accent" disabled={prompt.trim() === "" || !connected} onClick={start}>
              {words.start}
            </Button>
          )}
          <Button
            icon="plus"
            disabled={running || state.columns.length >= columnLimits.max}
            onClick={() => dispatch({ type: "columnAdded", modelId: selectedId ?? models[0]?.id ?? "" })}
          >
            {words.add}
          </Button>
        </div>
        {refused ? (
          <Notice look="bad" title={messages.errors.titles[refused.code] ?? messages.errors.titles.fallback}>
            <p>{messages.errors.said(refused).message}</p>
          </Notice>
        ) : null}
      </div>
      <div className={styles.columns}>
        {state.columns.map((column, index) => (
          <CompareAnswer
            key={column.id}
            column={column}
            number={index + 1}
            models={models}
            fixed={running}
            removable={state.columns.length > columnLimits.min}
            voted={state.votedId === column.id}
            votable={!running && state.prompt !== undefined}
            dispatch={dispatch}
            onKeep={() => void keep(column)}
          />
        ))}
      </div>
    </div>
  );
}
