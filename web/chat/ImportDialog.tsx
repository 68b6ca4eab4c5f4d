import { useRef, useState } from "react";
import type { ImportPreview, ImportResult } from "../../server/protocol/importChats.js";
import { type ChatFile, importChats, previewImport, readChatFile } from "../connection/importChats.js";
import { useActions } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { Dialog } from "../ui/Dialog.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import type { Problem } from "../ui/useProblem.js";
import styles from "./ImportDialog.module.css";

type Step =
  | { at: "start" }
  | { at: "busy"; words: string }
  | { at: "preview"; file: ChatFile; conversations: ImportPreview[] }
  | { at: "done"; result: ImportResult }
  | { at: "failed"; error: Problem };

/** Takes chats from a file: shows what is in it first. */
export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const [step, setStep] = useState<Step>({ at: "start" });
  const input = useRef<HTMLInputElement>(null);
  const { openChat } = useActions();
  const words = messages.importDialog;

  const read = async (chosen: File) => {
    setStep({ at: "busy", words: words.reading });
    const file = await readChatFile(chosen);
    if (file === undefined)
      return setStep({ at: "failed", error: { message: words.unknownFile, hint: words.unknownFileHint } });
    const result = await previewImport(file);
    setStep(
      result.ok
        ? { at: "preview", file, conversations: result.data.conversations }
        : { at: "failed", error: result.error },
    );
  };
  const take = async (file: ChatFile) => {
    setStep({ at: "busy", words: words.importing });
    const result = await importChats(file);
    if (!result.ok) return setStep({ at: "failed", error: result.error });
    setStep({ at: "done", result: result.data });
    const { conversations, outcomes } = result.data;
    const [chat, ...others] = conversations.filter((_, index) => outcomes[index] !== "present");
    if (chat && others.length === 0) openChat(chat.id);
  };
  const previews = step.at === "preview" ? step.conversations : [];
  const newCount = previews.filter(({ newMessageCount }) => newMessageCount > 0).length;
  const nothingNew = previews.length > 0 && newCount === 0;
  const date = new Intl.DateTimeFormat(messages.locale, { dateStyle: "medium" });

  return (
    <Dialog title={words.title} onClose={onClose}>
      <p className={styles.explanation}>{words.explanation}</p>
      <div role="status">
        {step.at === "busy" ? <p>{step.words}</p> : null}
        {step.at === "done" ? <p>{doneWords(step.result)}</p> : null}
        {step.at === "preview" ? <p className={styles.found}>{foundWords(previews)}</p> : null}
      </div>
      {step.at === "failed" ? <ProblemNotice problem={step.error} /> : null}
      {step.at === "preview" ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className={styles.scroller} aria-label={words.found(previews.length)} tabIndex={0}>
          <ul className={styles.list}>
            {previews.map((preview, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: titles repeat, and the list never changes.
              <li key={index} className={styles.chat}>
                <span className={styles.chatTitle}>{preview.title || messages.history.untitled}</span>
                <span className={styles.figures}>
                  {bringsWords(preview)} · {date.format(preview.updatedAtMs)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <input
        ref={input}
        type="file"
        accept=".json,.zip,application/json,application/zip"
        className="visuallyHidden"
        tabIndex={-1}
        aria-label={words.chooseFile}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) void read(chosen);
        }}
      />
      <div className={styles.buttons}>
        {step.at === "done" ? null : (
          <Button
            icon="file"
            look={step.at === "preview" ? "plain" : "accent"}
            disabled={step.at === "busy"}
            onClick={() => input.current?.click()}
          >
            {words.chooseFile}
          </Button>
        )}
        {step.at === "preview" && newCount > 0 ? (
          <Button look="accent" icon="upload" onClick={() => void take(step.file)}>
            {words.importAll(newCount)}
          </Button>
        ) : null}
        {step.at === "done" || nothingNew ? (
          <Button look="accent" onClick={onClose}>
            {words.close}
          </Button>
        ) : null}
      </div>
    </Dialog>
  );
}

function foundWords(previews: readonly ImportPreview[]): string {
  const words = messages.importDialog;
  const hereCount = previews.filter(({ newMessageCount }) => newMessageCount === 0).length;
  if (hereCount === 0) return `${words.found(previews.length)}.`;
  return `${words.found(previews.length)}. ${hereCount === previews.length ? words.allHere : words.someHere(hereCount)}`;
}

function bringsWords({ messageCount, newMessageCount, known }: ImportPreview): string {
  const words = messages.importDialog;
  if (newMessageCount === 0) return words.here;
  return known ? words.newMessages(newMessageCount) : words.messages(messageCount);
}

function doneWords({ outcomes }: ImportResult): string {
  const words = messages.importDialog;
  const countOf = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  const [added, extended, present] = [countOf("added"), countOf("extended"), countOf("present")];
  const sentences = [
    ...(added > 0 || outcomes.length === 0 ? [words.done(added)] : []),
    ...(extended > 0 ? [words.extended(extended)] : []),
    ...(present > 0 ? [words.present(present)] : []),
  ];
  return sentences.join(" ");
}
