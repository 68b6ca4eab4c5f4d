import { lazy, Suspense, useState } from "react";
import { IconButton } from "../ui/IconButton.js";
import { Menu } from "../ui/Menu.js";
import { messages } from "../ui/messages.js";

const ImportDialog = lazy(() => import("./ImportDialog.js"));

/** What concerns all chats, and the page as a whole. */
export function HistoryMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const [importing, setImporting] = useState(false);
  const words = messages.chatList;
  return (
    <>
      <Menu
        label={words.more}
        items={[
          { label: words.importChats, icon: "upload", onSelect: () => setImporting(true) },
          { label: words.exportAll, icon: "download", href: "/api/export" },
          { label: words.shortcuts, icon: "keyboard", onSelect: onShortcuts },
        ]}
        button={(attributes) => <IconButton icon="dots" label={words.more} {...attributes} />}
      />
      {importing ? (
        <Suspense fallback={null}>
          <ImportDialog onClose={() => setImporting(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
