import { lazy, Suspense, useEffect, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { Menu, type MenuItem } from "../ui/Menu.js";
import { messages } from "../ui/messages.js";

const TemplatesDialog = lazy(() => import("../templates/TemplatesDialog.js"));

interface Props {
  disabled: boolean;
  onChoose: (template: PromptTemplate) => void;
}

/** A button that opens the prompt templates, and the way to their editor. */
export function CompletionTemplates({ disabled, onChoose }: Props) {
  const templates = useAppState((state) => state.templates);
  const { fetchTemplates } = useActions();
  const [editing, setEditing] = useState(false);
  const words = messages.templates;
  useEffect(() => void fetchTemplates(), [fetchTemplates]);
  const items: MenuItem[] = [
    ...namesApart(templates ?? []).map(({ label, template }) => ({
      label,
      icon: "file" as const,
      onSelect: () => onChoose(template),
    })),
    { label: words.edit, icon: "pencil", onSelect: () => setEditing(true) },
  ];
  return (
    <>
      <Menu
        label={words.menuLabel}
        align="start"
        items={items}
        button={({ onClick, ...attributes }) => (
          <Button
            icon="file"
            disabled={disabled}
            onClick={() => {
              // Files may have come into the folder.
              void fetchTemplates();
              onClick();
            }}
            {...attributes}
          >
            {words.button}
          </Button>
        )}
      />
      {editing ? (
        <Suspense fallback={null}>
          <TemplatesDialog onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** One's own template may have the name of one that ships. */
function namesApart(templates: readonly PromptTemplate[]): { label: string; template: PromptTemplate }[] {
  const shipped = new Set(templates.filter(({ editable }) => !editable).map(({ name }) => name));
  return templates.map((template) => {
    const isTwin = template.editable && shipped.has(template.name);
    return { label: isTwin ? `${template.name} (${messages.templates.yours})` : template.name, template };
  });
}
