import type { MouseEvent } from "react";
import styles from "./ScreenLinks.module.css";
import { useActions, useAppState } from "./state/AppContext.js";
import { pathOfScreen } from "./state/route.js";
import { Icon } from "./ui/Icon.js";
import { isPlainClick } from "./ui/isPlainClick.js";
import { messages } from "./ui/messages.js";

const screens = [
  { screen: "completion", icon: "pencil" },
  { screen: "compare", icon: "columns" },
  { screen: "server", icon: "pulse" },
] as const;

/** The ways to what is not a chat. */
export function ScreenLinks({ onChosen }: { onChosen: () => void }) {
  const current = useAppState((state) => state.screen);
  const { openScreen } = useActions();
  const open = (event: MouseEvent, screen: (typeof screens)[number]["screen"]) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    openScreen(screen);
    onChosen();
  };
  return (
    <ul className={styles.screens}>
      {screens.map(({ screen, icon }) => (
        <li key={screen}>
          <a
            href={pathOfScreen(screen)}
            className={styles.link}
            aria-current={current === screen ? "page" : undefined}
            onClick={(event) => open(event, screen)}
          >
            <Icon name={icon} size={16} />
            {messages.screens[screen]}
          </a>
        </li>
      ))}
    </ul>
  );
}
