import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import styles from "./App.module.css";
import { ConnectionBanner } from "./ConnectionBanner.js";
import { Announcer } from "./chat/Announcer.js";
import { ChatPage } from "./chat/ChatPage.js";
import { composerId } from "./chat/composerId.js";
import { DeletionToast } from "./DeletionToast.js";
import { InstallAnnouncer } from "./models/InstallAnnouncer.js";
import { InstallCard } from "./models/InstallCard.js";
import { ServerNotices } from "./ServerNotices.js";
import { Sidebar } from "./Sidebar.js";
import { useActions, useAppState } from "./state/AppContext.js";
import { hasParameters } from "./state/hasParameters.js";
import { isWritable, runningReply } from "./state/shownChat.js";
import { TopBar } from "./TopBar.js";
import { LiveRegion } from "./ui/LiveRegion.js";
import { messages } from "./ui/messages.js";
import { useEscape } from "./ui/useEscape.js";
import { useMediaQuery } from "./ui/useMediaQuery.js";
import { useLostFocus } from "./useLostFocus.js";
import { useShortcuts } from "./useShortcuts.js";

const UpdateToast = lazy(() => import("./shell/UpdateToast.js"));
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog.js"));
const CompletionPage = lazy(() => import("./completion/CompletionPage.js"));
const ComparePage = lazy(() => import("./compare/ComparePage.js"));
const SettingsPanel = lazy(() => import("./settings/SettingsPanel.js"));
const ServerScreen = lazy(() => import("./server/ServerScreen.js"));
const ModelsScreen = lazy(() => import("./models/ModelsScreen.js"));

/** The page's frame: chat history at the side, the chat in the middle. */
export function App() {
  // 1200 px, and more for somebody whose browser writes larger: the side panels grow with the text.
  const wide = useMediaQuery("(min-width: 75em)");
  const [openWide, setOpenWide] = useState(true);
  const [openDrawer, setOpenDrawer] = useState(false);
  const open = wide ? openWide : openDrawer;
  const toggle = useCallback(() => (wide ? setOpenWide((is) => !is) : setOpenDrawer((is) => !is)), [wide]);
  const running = useAppState((state) => runningReply(state) !== undefined);
  const title = useAppState((state) => state.chat.conversation?.title);
  const screen = useAppState((state) => state.screen);
  const writable = useAppState((state) => state.screen === "chat" && isWritable(state));
  const { stop, toggleSettings, showSettings } = useActions();
  const covered = open && !wide;

  const [showsShortcuts, setShowsShortcuts] = useState(false);
  const openSidebar = useCallback(() => (wide ? setOpenWide(true) : setOpenDrawer(true)), [wide]);
  const openShortcuts = useCallback(() => setShowsShortcuts(true), []);
  const settingsOpen = useAppState((state) => state.settingsPanel !== "closed");
  const settingsShown = settingsOpen && hasParameters(screen);
  const settingsCover = settingsShown && !wide;

  useShortcuts({ toggleSidebar: toggle, openSidebar, openShortcuts, toggleSettings });
  useLostFocus();
  useEscape(running, () => {
    stop();
    return true;
  });
  useEscape(covered, () => {
    setOpenDrawer(false);
    return true;
  });
  useEscape(settingsCover, () => {
    showSettings("closed");
    return true;
  });
  useEffect(() => {
    const shown = screen === "chat" ? title : screen === "models" ? messages.install.title : messages.screens[screen];
    document.title = shown ? `${shown} · ${messages.appName}` : messages.appName;
  }, [screen, title]);

  return (
    <div className={styles.app}>
      {writable ? (
        <a href={`#${composerId}`} className={styles.skip}>
          {messages.frame.skipToMessage}
        </a>
      ) : null}
      <Sidebar open={open} drawer={!wide} onClose={toggle} onShortcuts={openShortcuts} />
      {covered ? <div className={styles.scrim} onPointerDown={() => setOpenDrawer(false)} /> : null}
      <div className={styles.centre} inert={covered || settingsCover}>
        <TopBar
          sidebarOpen={open && wide}
          onToggle={toggle}
          settingsOpen={settingsOpen}
          onToggleSettings={toggleSettings}
        />
        <ConnectionBanner />
        <ServerNotices />
        <main className={styles.main}>
          {screen === "models" || screen === "server" ? (
            <Suspense fallback={null}>{screen === "models" ? <ModelsScreen /> : <ServerScreen />}</Suspense>
          ) : screen === "completion" || screen === "compare" ? (
            <>
              <h1 className="visuallyHidden">{messages.screens[screen]}</h1>
              <Suspense fallback={null}>{screen === "completion" ? <CompletionPage /> : <ComparePage />}</Suspense>
            </>
          ) : (
            <>
              <h1 className="visuallyHidden">{title ?? messages.frame.newChat}</h1>
              <ChatPage installCard={<InstallCard />} />
            </>
          )}
        </main>
      </div>
      {settingsCover ? <div className={styles.scrim} onPointerDown={() => showSettings("closed")} /> : null}
      {settingsShown ? (
        <Suspense fallback={null}>
          <SettingsPanel drawer={!wide} besideText={screen === "completion"} onClose={() => showSettings("closed")} />
        </Suspense>
      ) : null}
      <Announcer />
      <InstallAnnouncer />
      <LiveRegion />
      <DeletionToast />
      <Suspense fallback={null}>
        <UpdateToast />
      </Suspense>
      {showsShortcuts ? (
        <Suspense fallback={null}>
          <ShortcutsDialog onClose={() => setShowsShortcuts(false)} />
        </Suspense>
      ) : null}
    </div>
  );
}
