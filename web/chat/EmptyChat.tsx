import { useActions, useAppState } from "../state/AppContext.js";
import { CopyCommand } from "../ui/CopyCommand.js";
import { CriaMark } from "../ui/CriaMark.js";
import { messages } from "../ui/messages.js";
import styles from "./EmptyChat.module.css";

export const installCommand = "npx cria llama install 7B";

/** What a new chat shows: who answers here, what to try, and how to get a bigger model. */
export function EmptyChat() {
  const models = useAppState((state) => state.models.list);
  const model = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  const canSend = useAppState((state) => state.connection.status === "connected");
  const { send } = useActions();
  const words = messages.empty;
  if (!models) return <div className={styles.empty} />;
  return (
    <section className={styles.empty} aria-labelledby="empty-title">
      <CriaMark size={64} />
      <h2 id="empty-title" className={styles.title}>
        {model ? words.title(model.name) : words.noModelTitle}
      </h2>
      {model ? (
        <p className={styles.lead}>{model.demo ? words.demo : (model.description ?? words.ready)}</p>
      ) : (
        <>
          <p className={styles.lead}>{words.noModelText}</p>
          <CopyCommand command={installCommand} />
        </>
      )}
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
      {model?.demo ? (
        <aside className={styles.install} aria-label={words.installTitle}>
          <p>
            <strong>{words.installTitle}</strong> {words.installText}
          </p>
          <CopyCommand command={installCommand} />
        </aside>
      ) : null}
    </section>
  );
}
