import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.js";
import { CrashScreen } from "./CrashScreen.js";
import { openConnection } from "./connection/Connection.js";
import { AppProvider } from "./state/AppContext.js";
import { createApp } from "./state/createApp.js";
import { browserShelf } from "./state/fileShelf.js";
import { onLanguageChosen, speakChosen } from "./ui/languageChoice.js";
import { messages } from "./ui/messages.js";
import "./styles/tokens.css";
import "./styles/base.css";

function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

/** The server gives the log-in page to whoever has no token that counts. Only once in a while, so that nothing goes round in circles. */
function goToLogin(): void {
  const storage = browserStorage();
  const lastMs = Number(storage?.getItem("cria.loginAsked") ?? 0);
  if (Math.abs(Date.now() - lastMs) < 10_000) return;
  storage?.setItem("cria.loginAsked", String(Date.now()));
  window.location.reload();
}

const app = createApp({
  connection: openConnection({ onUnauthorized: goToLogin }),
  history: window.history,
  storage: browserStorage(),
  shelf: browserShelf(),
});
app.actions.openPath(window.location.pathname);
window.addEventListener("popstate", () => app.actions.openPath(window.location.pathname));

const container = document.getElementById("root");
if (container) {
  const root = createRoot(container);
  const draw = () =>
    root.render(
      <StrictMode>
        <CrashScreen>
          <AppProvider app={app}>
            <App key={messages.locale} />
          </AppProvider>
        </CrashScreen>
      </StrictMode>,
    );
  onLanguageChosen(draw);
  void speakChosen().then(draw);
}
