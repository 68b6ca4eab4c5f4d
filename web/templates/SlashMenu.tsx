import { useEffect, useRef } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import styles from "./SlashMenu.module.css";

export const slashMenuId = "templates";
export const slashRowId = (index: number) => `${slashMenuId}-${index}`;

interface Props {
  templates: readonly PromptTemplate[];
  /** The row that Enter chooses; the one after the templates leads to the editor. */
  active: number;
  onChoose: (index: number) => void;
}

/** The templates to choose from, above the message box that keeps the focus. */
export function SlashMenu({ templates, active, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const words = messages.templates;
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const row = (index: number) => ({
    type: "button" as const,
    role: "option",
    id: slashRowId(index),
    tabIndex: -1,
    "aria-selected": index === active,
    className: styles.row,
    onPointerDown: (event: { preventDefault: () => void }) => event.preventDefault(),
    onClick: () => onChoose(index),
  });
  return (
    <div ref={list} id={slashMenuId} role="listbox" aria-label={words.menuLabel} tabIndex={-1} className={styles.menu}>
      {templates.map((template, index) => (
        <button key={`${template.editable} ${template.name}`} {...row(index)}>
          <span className={styles.name}>{template.name}</span>
          {template.editable ? <span className={styles.tag}>{words.yours}</span> : null}
          <span className={styles.text}>{template.text}</span>
        </button>
      ))}
      <button key="edit" {...row(templates.length)} className={[styles.row, styles.edit].join(" ")}>
        <Icon name="pencil" size={16} />
        <span>{words.edit}</span>
      </button>
    </div>
  );
}
