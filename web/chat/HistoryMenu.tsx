import { lazy, Suspense, useState } from "react";
import { IconButton } from "../ui/IconButton.js";
import { chooseLanguage, readLanguage } from "../ui/languageChoice.js";
import { Menu, type MenuItem } from "../ui/Menu.js";
import { type Language, languageNames, messages } from "../ui/messages.js";

const ImportDialog = lazy(() => import("./ImportDialog.js"));
const TemplatesDialog = lazy(() => import("../templates/TemplatesDialog.js"));

/** What concerns all chats, and the page as a whole. */
export function HistoryMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const [importing, setImporting] = useState(false);
  const [showsTemplates, setShowsTemplates] = useState(false);
  const words = messages.chatList;
  return (
    <>
      <Menu
        label={words.more}
        items={[
          { label: words.importChats, icon: "upload", onSelect: () => setImporting(true) },
          {
            label: words.exportAllMarkdown,
            icon: "file",
            href: `/api/export?format=markdown&language=${messages.locale}`,
          },
          { label: words.exportAllJson, icon: "download", href: "/api/export" },
          { label: words.templates, icon: "file", onSelect: () => setShowsTemplates(true) },
          { label: words.shortcuts, icon: "keyboard", onSelect: onShortcuts },
          ...languageItems(),
        ]}
        button={(attributes) => <IconButton icon="dots" label={words.more} {...attributes} />}
      />
      {importing ? (
        <Suspense fallback={null}>
          <ImportDialog onClose={() => setImporting(false)} />
        </Suspense>
      ) : null}
      {showsTemplates ? (
        <Suspense fallback={null}>
          <TemplatesDialog onClose={() => setShowsTemplates(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Which language the page speaks: the browser's, or one of those it knows. */
function languageItems(): MenuItem[] {
  const chosen = readLanguage();
  const known = Object.entries(languageNames) as [Language, string][];
  return [
    {
      label: messages.frame.languageAutomatic,
      icon: "globe",
      checked: chosen === undefined,
      onSelect: () => void chooseLanguage(undefined),
    },
    ...known.map(
      ([language, name]): MenuItem => ({
        label: name,
        icon: "globe",
        lang: language,
        checked: chosen === language,
        onSelect: () => void chooseLanguage(language),
      }),
    ),
  ];
}
