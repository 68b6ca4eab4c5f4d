import { type KeyboardEvent, lazy, Suspense, useLayoutEffect, useRef } from "react";
import { useShallow } from "zustand/react/shallow";
import { useActions, useAppState } from "../state/AppContext.js";
import { maxTextLength } from "../state/readTextFile.js";
import { isAttaching } from "../state/reduceAttachments.js";
import { runningReply } from "../state/shownChat.js";
import { useSlashMenu } from "../templates/useSlashMenu.js";
import { Icon } from "../ui/Icon.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { useMediaQuery } from "../ui/useMediaQuery.js";
import { AttachButton } from "./AttachButton.js";
import styles from "./Composer.module.css";
import { composerId } from "./composerId.js";
import { composerKey } from "./composerKey.js";
import { contextUse, isOverfull } from "./contextUse.js";
import { DropVeil } from "./DropVeil.js";
import { LeavingOut } from "./LeavingOut.js";
import { OverfullNotice } from "./OverfullNotice.js";
import { usePaste } from "./usePaste.js";
import { useSend } from "./useSend.js";
import { WaitingAttachments } from "./WaitingAttachments.js";

const TemplateFields = lazy(() => import("../templates/TemplateFields.js"));
const TemplatesDialog = lazy(() => import("../templates/TemplatesDialog.js"));

const showCountFrom = 0.7;

/** Where one writes. It stays usable while a reply is made; what is sent then waits for its end. */
export function Composer() {
  const draft = useAppState((state) => state.chat.draft);
  const chatId = useAppState((state) => state.chat.conversationId);
  const queued = useAppState((state) => state.chat.queuedText);
  const running = useAppState((state) => runningReply(state) !== undefined);
  const model = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  const online = useAppState((state) => state.connection.status === "connected");
  const use = useAppState(useShallow(contextUse));
  const touch = useMediaQuery("(pointer: coarse)");
  const { setDraft, stop, takeBackQueued, beginEditOfLast } = useActions();
  const box = useRef<HTMLTextAreaElement>(null);
  const slash = useSlashMenu(draft, setDraft);
  const attaching = useAppState(isAttaching);
  const { onPaste, offer } = usePaste();
  const words = messages.composer;
  // What was counted before the last letters says nothing of this draft.
  const isCounted = useAppState((state) => state.chat.count?.draft === state.chat.draft);
  const tooMuch = isOverfull(use);
  const overfull = tooMuch && isCounted;
  const sendable =
    draft.trim() !== "" && model !== undefined && online && !overfull && !attaching && queued === undefined;

  useLayoutEffect(() => {
    const area = box.current;
    if (!area || area.value !== draft) return;
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight}px`;
  }, [draft]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chat is a place to write.
  useLayoutEffect(() => {
    if (!window.matchMedia("(pointer: coarse)").matches) box.current?.focus({ preventScroll: true });
  }, [chatId]);

  const send = useSend(draft, sendable, tooMuch && !isCounted);
  const submit = () => {
    if (!send()) return;
    // Whatever was pressed, one writes on here; a touch screen keeps its keyboard as it is.
    if (!touch) box.current?.focus({ preventScroll: true });
  };
  const endFilling = (text: string) => {
    slash.endFilling();
    setDraft(text);
    box.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (slash.onKeyDown(event)) return;
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "ArrowUp" && plain && draft === "" && beginEditOfLast()) return event.preventDefault();
    if (composerKey({ key: event.key, shiftKey: event.shiftKey, altKey: event.altKey, isComposing, touch }) !== "send")
      return;
    event.preventDefault();
    submit();
  };

  return (
    <>
      <form
        className={styles.form}
        aria-label={words.formLabel}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {tooMuch && use ? <OverfullNotice use={use} /> : null}
        {use && use.notSentTokens > 0 && use.draftTokens > 0 && !tooMuch ? <LeavingOut /> : null}
        {queued === undefined ? null : (
          <p className={styles.queued}>
            <span className={styles.queuedWords}>{words.queued}</span>
            <span className={styles.queuedText}>{queued}</span>
            <IconButton icon="close" iconSize={16} label={words.cancelQueued} onClick={takeBackQueued} />
          </p>
        )}
        {slash.filling ? (
          <Suspense fallback={null}>
            <TemplateFields
              key={slash.filling.name}
              template={slash.filling}
              onFilled={endFilling}
              onCancel={() => endFilling(draft)}
            />
          </Suspense>
        ) : null}
        <WaitingAttachments />
        {offer}
        <div className={styles.box}>
          <AttachButton />
          {slash.menu}
          <textarea
            id={composerId}
            dir="auto"
            ref={box}
            className={styles.input}
            rows={1}
            value={draft}
            maxLength={maxTextLength}
            aria-label={words.inputLabel}
            placeholder={model ? words.placeholder(model.name) : words.placeholderNoModel}
            title={touch ? undefined : words.hint}
            enterKeyHint={touch ? "enter" : "send"}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            {...slash.attributes}
          />
          {use && use.usedTokens / use.totalTokens > showCountFrom ? (
            <span className={styles.count}>{messages.gauge.ofTotal(use.usedTokens, use.totalTokens)}</span>
          ) : null}
          {running ? (
            <button type="button" className={styles.send} aria-label={words.stop} title={words.stop} onClick={stop}>
              <Icon name="stop" />
            </button>
          ) : (
            <button
              type="submit"
              className={styles.send}
              aria-label={words.send}
              title={words.send}
              disabled={!sendable || tooMuch}
            >
              <Icon name="send" />
            </button>
          )}
        </div>
        <DropVeil />
      </form>
      {slash.editing ? (
        <Suspense fallback={null}>
          <TemplatesDialog onClose={slash.endEditing} />
        </Suspense>
      ) : null}
    </>
  );
}
