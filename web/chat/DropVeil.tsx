import { useEffect, useState } from "react";
import { useActions } from "../state/AppContext.js";
import { messages } from "../ui/messages.js";
import styles from "./Attachments.module.css";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;

/** Files may be dropped anywhere; while they are dragged over the page it says so. */
export function DropVeil() {
  const [over, setOver] = useState(false);
  const { attachFiles } = useActions();
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // Without this the browser would leave the page for the file.
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void attachFiles([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [attachFiles]);
  return over ? <div className={styles.veil}>{messages.attachments.drop}</div> : null;
}
