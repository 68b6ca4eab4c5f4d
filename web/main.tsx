import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.js";
import { CrashScreen } from "./CrashScreen.js";
import { openConnection } from "./connection/Connection.js";
import { AppProvider } from "./state/AppContext.js";
import { createApp } from "./state/createApp.js";
import "./styles/tokens.css";
import "./styles/base.css";

function browserStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

const app = createApp({ connection: openConnection(), history: window.history, storage: browserStorage() });
app.actions.openPath(window.location.pathname);
window.addEventListener("popstate", () => app.actions.openPath(window.location.pathname));

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CrashScreen>
        <AppProvider app={app}>
          <App />
        </AppProvider>
      </CrashScreen>
    </StrictMode>,
  );
}
