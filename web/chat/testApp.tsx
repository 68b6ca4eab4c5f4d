import { type RenderResult, render } from "@testing-library/react";
import type { ReactNode } from "react";
import type { Message } from "../../server/protocol/conversation.js";
import type { ModelInfo } from "../../server/protocol/model.js";
import { AppProvider } from "../state/AppContext.js";
import { type App, createApp } from "../state/createApp.js";
import { FakeConnection } from "../state/FakeConnection.js";
import { testConversation } from "../state/testMessage.js";

export const demo: ModelInfo = {
  id: "alpaca.demo",
  name: "Tiny Demo 7M",
  kind: "instruction",
  demo: true,
  sizeBytes: 7_351_104,
  contextTokens: 512,
  quantization: "Q8_0",
  examplePrompts: ["Who are you?"],
  samplingDefaults: {},
  status: { state: "ready" },
};

export interface TestApp extends RenderResult {
  app: App;
  connection: FakeConnection;
}

/** Draws a part of the page, connected to a server without one: it knows the demo model and one conversation. */
export function renderInApp(part: ReactNode, messages?: Message[]): TestApp {
  const connection = new FakeConnection();
  window.localStorage.clear();
  const app = createApp({
    connection,
    history: { pushState: () => {}, replaceState: () => {} },
    storage: window.localStorage,
    schedule: (task) => {
      task();
      return () => {};
    },
  });
  connection.setStatus("connected");
  const { store } = app;
  store.setState((state) => ({
    ...state,
    models: { list: [demo], error: undefined, selectedId: demo.id },
  }));
  if (messages) {
    const conversation = testConversation("c1", { headMessageId: messages.at(-1)?.id });
    app.actions.openPath("/c/c1");
    store.setState((state) => ({
      ...state,
      chat: {
        ...state.chat,
        status: "ready",
        conversation,
        messages: Object.fromEntries(messages.map((message) => [message.id, message])),
        headId: conversation.headMessageId,
      },
    }));
  }
  return { ...render(<AppProvider app={app}>{part}</AppProvider>), app, connection };
}
