import { Component, type ReactNode } from "react";
import { Button } from "./ui/Button.js";
import { messages } from "./ui/messages.js";
import { Notice } from "./ui/Notice.js";

/** The last net: if the page itself fails, it says so and offers to start anew. Chats are on the server. */
export class CrashScreen extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <main>
        <Notice
          title={messages.frame.crashed}
          action={
            <Button look="accent" icon="refresh" onClick={() => window.location.reload()}>
              {messages.frame.reload}
            </Button>
          }
        >
          <p>{messages.frame.crashedHint}</p>
        </Notice>
      </main>
    );
  }
}
