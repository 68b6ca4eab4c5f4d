import { useEffect, useRef, useState } from "react";
import type { PromptTemplate } from "../../server/protocol/conversation.js";
import { useActions, useAppState, useConnection } from "../state/AppContext.js";
import { Button } from "../ui/Button.js";
import { Dialog } from "../ui/Dialog.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import type { Problem } from "../ui/useProblem.js";
import { TemplateEditor } from "./TemplateEditor.js";
import styles from "./TemplatesDialog.module.css";

/** All prompt templates; one's own can be made, changed and deleted. */
export default function TemplatesDialog({ onClose }: { onClose: () => void }) {
  const templates = useAppState((state) => state.templates);
  const { fetchTemplates } = useActions();
  const connection = useConnection();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [homePath, setHomePath] = useState<string | undefined>();
  /** Undefined shows the list. */
  const [edited, setEdited] = useState<PromptTemplate | "new" | undefined>();
  const list = useRef<HTMLDivElement>(null);
  const lastName = useRef<string | undefined>(undefined);
  const words = messages.templates;

  useEffect(() => {
    void fetchTemplates().then(setProblem);
    void connection.request("server:info", {}).then((info) => info.ok && setHomePath(info.data.homePath));
  }, [fetchTemplates, connection]);
  useEffect(() => {
    if (edited || lastName.current === undefined) return;
    const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-template]") ?? [])];
    (
      rows.find(({ dataset }) => dataset.template === lastName.current) ?? list.current?.querySelector("button")
    )?.focus();
  }, [edited]);

  const open = (template: PromptTemplate | "new") => {
    lastName.current = template === "new" ? "" : template.name;
    setEdited(template);
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      {edited ? (
        <TemplateEditor
          template={edited === "new" ? undefined : edited}
          ownNames={(templates ?? []).flatMap(({ name, editable }) => (editable ? [name] : []))}
          onDone={(name) => {
            if (name !== undefined) lastName.current = name;
            setEdited(undefined);
          }}
        />
      ) : (
        <div ref={list} className={styles.list}>
          <p className={styles.note}>{words.explanation}</p>
          <Button icon="plus" onClick={() => open("new")}>
            {words.add}
          </Button>
          <ProblemNotice problem={problem} />
          <ul className={styles.rows}>
            {templates?.map((template) => (
              <li key={`${template.editable} ${template.name}`}>
                <button
                  type="button"
                  data-template={template.name}
                  className={styles.row}
                  onClick={() => open(template)}
                >
                  <span className={styles.name}>
                    {template.name}
                    {template.editable ? <span className={styles.tag}>{words.yours}</span> : null}
                  </span>
                  <span className={styles.text}>{template.text}</span>
                </button>
              </li>
            ))}
          </ul>
          {homePath ? <p className={styles.note}>{words.folder(homePath)}</p> : null}
        </div>
      )}
    </Dialog>
  );
}
