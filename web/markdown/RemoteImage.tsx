import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./Markdown.module.css";
import { safeUrl } from "./safeUrl.js";

/**
 * Stands where the model put an image. Loading it would tell its host what the chat is about, so it is never loaded here: the box
 * names the host and opens the image in a tab of its own, if the reader wants.
 */
export function RemoteImage({ src, alt }: { src: string; alt: string }) {
  const url = safeUrl(src);
  if (!url || url.protocol === "mailto:") return <span>{alt}</span>;
  return (
    <span className={styles.image}>
      <Icon name="image" />
      <span>
        <span className={styles.imageAlt}>{alt || messages.markdown.image}</span>
        <span className={styles.imageHost}>{messages.markdown.imageBlocked(url.host)}</span>
      </span>
      <a href={url.href} target="_blank" rel="noopener noreferrer">
        {messages.markdown.openImage}
      </a>
    </span>
  );
}
