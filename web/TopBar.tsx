import { ConnectionState } from "./ConnectionState.js";
import { ContextGauge } from "./chat/ContextGauge.js";
import { LookInsideToggle } from "./inside/LookInsideToggle.js";
import { ModelPicker } from "./models/ModelPicker.js";
import { settingsPanelId } from "./settings/settingsPanelId.js";
import { useActions, useAppState } from "./state/AppContext.js";
import { hasParameters } from "./state/hasParameters.js";
import styles from "./TopBar.module.css";
import { IconButton } from "./ui/IconButton.js";
import { messages } from "./ui/messages.js";

interface Props {
  sidebarOpen: boolean;
  onToggle: () => void;
  settingsOpen: boolean;
  onToggleSettings: () => void;
}

/** The bar above the chat: history, model, connection, context, parameters. */
export function TopBar({ sidebarOpen, onToggle, settingsOpen, onToggleSettings }: Props) {
  const { newChat } = useActions();
  const inChat = useAppState((state) => state.screen === "chat");
  const withParameters = useAppState((state) => hasParameters(state.screen));
  return (
    <header className={styles.bar}>
      {sidebarOpen ? null : (
        <>
          <IconButton
            icon="sidebar"
            label={messages.frame.showSidebar}
            aria-expanded={false}
            aria-controls="sidebar"
            onClick={onToggle}
          />
          <IconButton icon="plus" label={messages.frame.newChat} onClick={newChat} />
        </>
      )}
      <ModelPicker />
      <span className={styles.space} />
      {inChat ? <LookInsideToggle /> : null}
      <ConnectionState />
      {inChat ? <ContextGauge /> : null}
      {withParameters ? (
        <IconButton
          icon="sliders"
          label={settingsOpen ? messages.settings.close : messages.settings.open}
          aria-expanded={settingsOpen}
          aria-controls={settingsPanelId}
          onClick={onToggleSettings}
        />
      ) : null}
    </header>
  );
}
