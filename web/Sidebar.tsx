import { History } from "./chat/History.js";
import { HistoryMenu } from "./chat/HistoryMenu.js";
import { ModelsLink } from "./models/ModelsLink.js";
import { ScreenLinks } from "./ScreenLinks.js";
import styles from "./Sidebar.module.css";
import { useActions } from "./state/AppContext.js";
import { Button } from "./ui/Button.js";
import { CriaMark } from "./ui/CriaMark.js";
import { IconButton } from "./ui/IconButton.js";
import { messages } from "./ui/messages.js";
import { ThemeSwitch } from "./ui/ThemeSwitch.js";

interface Props {
  open: boolean;
  /** It lies over the page and closes when a chat was chosen. */
  drawer: boolean;
  onClose: () => void;
  onShortcuts: () => void;
}

/** New chat, the list of chats, and the theme. */
export function Sidebar({ open, drawer, onClose, onShortcuts }: Props) {
  const { newChat, newTemporaryChat } = useActions();
  const done = () => {
    if (drawer) onClose();
  };
  return (
    <nav
      id="sidebar"
      aria-label={messages.frame.sidebarLabel}
      className={[styles.sidebar, drawer ? styles.drawer : "", open ? "" : styles.closed].join(" ")}
      inert={!open}
    >
      <div className={styles.head}>
        <CriaMark size={28} />
        <span className={styles.name}>{messages.appName}</span>
        <IconButton icon="sidebar" label={messages.frame.hideSidebar} onClick={onClose} />
      </div>
      <div className={styles.new}>
        <Button
          icon="plus"
          className={styles.newChat}
          onClick={() => {
            newChat();
            done();
          }}
        >
          {messages.frame.newChat}
        </Button>
        <IconButton
          icon="hourglass"
          label={messages.chatList.newTemporary}
          onClick={() => {
            newTemporaryChat();
            done();
          }}
        />
      </div>
      <ScreenLinks onChosen={done} />
      <History onChosen={done} />
      <ModelsLink onChosen={done} />
      <div className={styles.foot}>
        <ThemeSwitch />
        <HistoryMenu onShortcuts={onShortcuts} />
      </div>
    </nav>
  );
}
