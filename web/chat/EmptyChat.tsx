import type { ReactNode } from "react";
import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { CriaMark } from "../ui/CriaMark.js";
import { messages } from "../ui/messages.js";
import styles from "./EmptyChat.module.css";

/** What the model is, in a sentence or two. */
function describe({ demo, description, engine }: ModelInfo): string {
  if (demo) return messages.empty.demo;
  if (engine !== undefined) return messages.empty.elsewhere(engine);
  return description === undefined ? messages.empty.ready : messages.models.described(description);
}

/** What a new chat shows: who answers here, what to try, and how to get a bigger model. */
export function EmptyChat({ installCard }: { installCard: ReactNode }) {
  const models = useAppState((state) => state.models.list);
  const model = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  const connection = useAppState((state) => state.connection.status);
  const canSend = connection === "connected";
  const { send } = useActions();
  const words = messages.empty;
  if (!models)
    return (
      <div className={styles.empty}>
        <CriaMark size={64} />
        <p className={styles.loading}>
          {canSend
            ? messages.models.loading
            : connection === "unreachable"
              ? messages.connection.waiting
              : messages.connection.connecting}
        </p>
      </div>
    );
  return (
    <section className={styles.empty} aria-labelledby="empty-title">
      <CriaMark size={64} />
      <h2 id="empty-title" className={styles.title}>
        {model ? words.title(model.name) : words.noModelTitle}
      </h2>
      {model ? <p className={styles.lead}>{describe(model)}</p> : null}
      {model && model.examplePrompts.length > 0 ? (
        <>
          <h3 className={styles.small}>{words.examples}</h3>
          <ul className={styles.examples}>
            {model.examplePrompts.slice(0, 6).map((prompt) => (
              <li key={prompt}>
                <button type="button" className={styles.example} disabled={!canSend} onClick={() => send(prompt)}>
                  {prompt}
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {!model || model.demo ? installCard : null}
    </section>
  );
}
