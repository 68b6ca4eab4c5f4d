import { useActions, useAppState } from "../state/AppContext.js";
import type { AppState } from "../state/AppState.js";
import { unfinishedInstalls } from "../state/reduceInstalls.js";
import { pathOfScreen } from "../state/route.js";
import { Icon } from "../ui/Icon.js";
import { isPlainClick } from "../ui/isPlainClick.js";
import { messages } from "../ui/messages.js";
import styles from "./ModelsLink.module.css";

/** The way to the models, from the sidebar; while something is installed it tells how far that is. */
export function ModelsLink({ onChosen }: { onChosen: () => void }) {
  const open = useAppState((state) => state.screen === "models");
  const name = useAppState((state) => runningInstall(state)?.name);
  const percent = useAppState((state) => Math.floor((runningInstall(state)?.progress ?? 0) * 100));
  const { openModels } = useActions();
  return (
    <a
      href={pathOfScreen("models")}
      className={[styles.link, open ? styles.open : ""].join(" ")}
      {...(open ? { "aria-current": "page" } : {})}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        openModels();
        onChosen();
      }}
    >
      <Icon name="cube" size={16} />
      {messages.install.title}
      {name ? (
        <span className={styles.percent} title={messages.install.running(name, percent)}>
          {percent} %
        </span>
      ) : null}
    </a>
  );
}

const runningInstall = ({ installs }: AppState) =>
  unfinishedInstalls(installs).find((install) => install.state === "running");
