import type { ReactNode } from "react";
import { Icon } from "./Icon.js";
import styles from "./Notice.module.css";

interface Props {
  title: string;
  /** What more there is to say: what was kept, what to do. */
  children?: ReactNode;
  /** The one button that helps. */
  action?: ReactNode;
  look?: "bad" | "quiet";
  /** It stands in something that has a name already, and others like it may be on the page: it is no landmark of its own. */
  within?: boolean;
}

/** A message in the place where something happened. */
export function Notice({ title, children, action, look = "bad", within = false }: Props) {
  return (
    <section className={[styles.notice, styles[look]].join(" ")} {...(within ? {} : { "aria-label": title })}>
      <span className={styles.icon}>
        <Icon name="alert" />
      </span>
      <div className={styles.words}>
        <p className={styles.title}>{title}</p>
        {children}
      </div>
      {action ? <div className={styles.action}>{action}</div> : null}
    </section>
  );
}
