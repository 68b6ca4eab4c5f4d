import type { ReactNode } from "react";
import styles from "./ModelPicker.module.css";

interface Props {
  name: string;
  /** Said before the name to those who do not see what a press does. */
  verb?: string;
  badge?: ReactNode;
  facts: readonly string[];
  /** More lines. */
  children?: ReactNode;
  current?: boolean;
  onChoose: () => void;
  /** What else can be done, beside it. */
  action?: ReactNode;
  /** Below both. */
  below?: ReactNode;
}

/** One row of the picker: a button with all there is to know, and at most one more beside it. */
export function PickerRow({ name, verb, badge, facts, children, current, onChoose, action, below }: Props) {
  return (
    <li className={styles.item}>
      <div className={styles.pair}>
        <button
          type="button"
          data-row=""
          className={styles.row}
          {...(current === undefined ? {} : { "aria-pressed": current })}
          onClick={onChoose}
        >
          <span className={styles.rowHead}>
            <span className={styles.rowName}>
              {verb ? <span className="visuallyHidden">{verb} </span> : null}
              {name}
            </span>
            {badge}
          </span>
          <span className={styles.facts}>{facts.map((fact) => fact.replaceAll(" ", "\u00a0")).join(" · ")}</span>
          {children}
        </button>
        {action}
      </div>
      {below}
    </li>
  );
}
