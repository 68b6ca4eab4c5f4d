import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions } from "../state/AppContext.js";
import { announce } from "../ui/announce.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import type { useProblem } from "../ui/useProblem.js";
import styles from "./PinToggle.module.css";

interface Props extends Pick<ReturnType<typeof useProblem>, "attempt"> {
  model: ModelInfo;
}

/** Whether the model stays in memory once it is there. */
export function PinToggle({ model, attempt }: Props) {
  const { id, name } = model;
  const pinned = model.pinned === true;
  const { pinModel } = useActions();
  const words = messages.install;
  const toggle = async () => {
    if (await attempt(() => pinModel(id, !pinned)))
      announce(pinned ? words.announceUnpinned(name) : words.announcePinned(name));
  };
  return (
    <Button
      icon="pin"
      aria-label={words.pinName(name)}
      aria-pressed={pinned}
      title={words.pinTip}
      className={pinned ? (styles.on ?? "") : ""}
      onClick={() => void toggle()}
    >
      {words.pin}
    </Button>
  );
}
