import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./Reply.module.css";

/** The reader's own verdict on a reply. */
export function RatingMark({ rating }: { rating: 1 | -1 | undefined }) {
  if (rating === undefined) return null;
  const label = rating === 1 ? messages.messageActions.good : messages.messageActions.bad;
  return (
    <span role="img" aria-label={label} title={label} className={styles.rating}>
      <Icon name={rating === 1 ? "thumbUp" : "thumbDown"} size={16} />
    </span>
  );
}
