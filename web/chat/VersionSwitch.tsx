import { useActions } from "../state/AppContext.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import styles from "./VersionSwitch.module.css";

export interface Versions {
  /** From 1 on. */
  index: number;
  total: number;
  previousId: string | undefined;
  nextId: string | undefined;
}

/** `‹ 2/3 ›`: goes through the versions of a message. */
export function VersionSwitch({ index, total, previousId, nextId }: Versions) {
  const { chooseVersion } = useActions();
  if (total < 2) return null;
  const words = messages.message;
  return (
    <span className={styles.switch}>
      <IconButton
        icon="chevronLeft"
        iconSize={16}
        label={words.previousVersion}
        disabled={previousId === undefined}
        className={styles.arrow}
        onClick={() => previousId !== undefined && chooseVersion(previousId)}
      />
      <span className={styles.count}>
        <span aria-hidden="true">{words.versionOf(index, total)}</span>
        <span className="visuallyHidden">{words.versionLabel(index, total)}</span>
      </span>
      <IconButton
        icon="chevronRight"
        iconSize={16}
        label={words.nextVersion}
        disabled={nextId === undefined}
        className={styles.arrow}
        onClick={() => nextId !== undefined && chooseVersion(nextId)}
      />
    </span>
  );
}
