import { useEffect, useRef } from "react";
import type { InstallProgress } from "../../server/protocol/install.js";
import { useAppState } from "../state/AppContext.js";
import { announce } from "../ui/announce.js";
import { messages } from "../ui/messages.js";

/** Tells a screen reader when an install has ended, wherever on the page the reader is. Draws nothing. */
export function InstallAnnouncer() {
  const byId = useAppState((state) => state.installs.byId);
  const before = useRef<Readonly<Record<string, InstallProgress>>>({});
  useEffect(() => {
    for (const install of Object.values(byId)) {
      const was = before.current[install.modelId]?.state;
      if (was !== "running" || install.state === was) continue;
      const { announceInstalled, announceFailed } = messages.install;
      if (install.state === "installed") announce(announceInstalled(install.name));
      if (install.state === "failed")
        announce(announceFailed(install.name, messages.errors.said(install.error ?? install).message));
    }
    before.current = byId;
  }, [byId]);
  return null;
}
