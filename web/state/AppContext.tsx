import { createContext, type ReactNode, use } from "react";
import { useStore } from "zustand";
import type { AppState } from "./AppState.js";
import type { App } from "./createApp.js";

const AppContext = createContext<App | undefined>(undefined);

export function AppProvider({ app, children }: { app: App; children: ReactNode }) {
  return <AppContext value={app}>{children}</AppContext>;
}

function useApp(): App {
  const app = use(AppContext);
  if (!app) throw new Error("There is no AppProvider above this component.");
  return app;
}

/** A part of the state. Draws again only when that part is another. */
export function useAppState<T>(select: (state: AppState) => T): T {
  return useStore(useApp().store, select);
}

export function useActions() {
  return useApp().actions;
}

/** The whole store, for those who look at the state when something happens rather than drawing it. */
export function useAppStore() {
  return useApp().store;
}

/** The line to the server, for what belongs to no chat. */
export function useConnection() {
  return useApp().connection;
}
