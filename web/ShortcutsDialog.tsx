import { useState } from "react";
import styles from "./ShortcutsDialog.module.css";
import { areShortcutsOn, switchShortcuts } from "./shortcutSwitch.js";
import { Dialog } from "./ui/Dialog.js";
import { messages } from "./ui/messages.js";

/** Each with the keys that do it; a list of lists: one or the other. */
function rowsOf({ keys, does }: typeof messages.shortcuts): [what: string, ...keys: string[][]][] {
  const command = /mac|iphone|ipad/i.test(navigator.userAgent) ? keys.apple : keys.command;
  return [
    [does.newChat, [command, keys.shift, "O"]],
    [does.search, [command, "K"]],
    [does.sidebar, [command, "B"]],
    [does.model, [command, keys.shift, "M"]],
    [does.settings, [command, "."]],
    [does.composer, [keys.shift, keys.escape]],
    [does.templates, ["/"]],
    [does.editLast, ["↑"]],
    [does.stop, [keys.escape]],
    [does.regenerate, [command, keys.shift, "R"]],
    [does.continueReply, [keys.alt, "Enter"]],
    [does.copyReply, [keys.alt, "C"]],
    [does.copyCode, [keys.alt, keys.shift, "C"]],
    [does.messages, [keys.alt, "↓"], [keys.alt, "↑"]],
    [does.versions, ["→"], ["←"]],
    [does.deleteChat, [command, keys.shift, keys.backspace]],
    [does.shortcuts, ["?"], [command, "/"]],
  ];
}

/** Every key that does something, and the switch for them. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(areShortcutsOn);
  const words = messages.shortcuts;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <label className={styles.switch}>
        <input
          type="checkbox"
          checked={on}
          onChange={({ target }) => {
            switchShortcuts(target.checked);
            setOn(target.checked);
          }}
        />
        <span>
          {words.enabled}
          <span className={styles.hint}>{words.enabledHint}</span>
        </span>
      </label>
      <dl className={[styles.list, on ? "" : styles.off].join(" ")}>
        {rowsOf(words).map(([what, ...ways]) => (
          <div key={what} className={styles.row}>
            <dt>{what}</dt>
            <dd className={styles.keys}>
              {ways.map((way, index) => (
                <span key={way.join(" ")} className={styles.way}>
                  {index > 0 ? <span className={styles.or}>{words.keys.or}</span> : null}
                  {way.map((key) => (
                    <kbd key={key} className={styles.key}>
                      {key}
                    </kbd>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
