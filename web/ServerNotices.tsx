import { useEffect, useState } from "react";
import type { ErrorInfo } from "../server/protocol/result.js";
import styles from "./ServerNotices.module.css";
import { useAppState, useConnection } from "./state/AppContext.js";
import { Button } from "./ui/Button.js";
import { messages } from "./ui/messages.js";
import { Notice } from "./ui/Notice.js";

const key = "cria.noticesSeen";

function readSeen(): string[] {
  try {
    const seen: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(seen) ? seen.map(String) : [];
  } catch {
    return [];
  }
}

/** What went wrong when the server started, such as a damaged database that was set aside, until somebody has seen it. */
export function ServerNotices() {
  const connection = useConnection();
  const connected = useAppState((state) => state.connection.status === "connected");
  const [notices, setNotices] = useState<readonly ErrorInfo[]>([]);
  const [seen, setSeen] = useState(readSeen);
  useEffect(() => {
    if (!connected) return;
    void connection.request("server:info", {}).then((info) => {
      if (info.ok) setNotices(info.data.notices ?? []);
    });
  }, [connected, connection]);
  const dismiss = ({ message }: ErrorInfo) => {
    const next = [...seen, message];
    setSeen(next);
    try {
      localStorage.setItem(key, JSON.stringify(next.slice(-20)));
    } catch {
      // Without storage it comes back with the next visit.
    }
  };
  return notices
    .filter(({ message }) => !seen.includes(message))
    .map((notice) => (
      <div key={notice.message} className={styles.notice}>
        <Notice
          title={messages.errors.said(notice).message}
          action={<Button onClick={() => dismiss(notice)}>{messages.shell.dismissNotice}</Button>}
        >
          {messages.errors.said(notice).hint ? <p>{messages.errors.said(notice).hint}</p> : null}
        </Notice>
      </div>
    ));
}
