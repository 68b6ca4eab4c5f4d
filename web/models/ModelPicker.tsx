import { type KeyboardEvent, useEffect, useRef } from "react";
import type { ModelInfo } from "../../server/protocol/model.js";
import { useActions, useAppState } from "../state/AppContext.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import { Popover } from "../ui/Popover.js";
import styles from "./ModelPicker.module.css";
import { ModelRow } from "./ModelRow.js";
import { pickByKey } from "./pickByKey.js";
import { StateDot } from "./StateDot.js";

export const modelPickerId = "model";

/** The model that answers next, and the list to choose another from. */
export function ModelPicker() {
  const list = useAppState((state) => state.models.list);
  const failed = useAppState((state) => state.models.error !== undefined);
  const selected = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  const words = messages.models;
  const name = selected?.name ?? (list ? words.none : failed ? words.failed : words.loading);
  return (
    <Popover
      button={(attributes) => (
        <button
          type="button"
          id={modelPickerId}
          className={styles.button}
          aria-haspopup="listbox"
          title={words.choose}
          disabled={!list || list.length === 0}
          {...attributes}
        >
          <span className="visuallyHidden">{words.choose}: </span>
          <span className={styles.name}>{name}</span>
          {selected ? <StateDot status={selected.status} /> : null}
          <Icon name="chevronDown" size={16} />
        </button>
      )}
    >
      {(close) => <ModelList list={list ?? []} selectedId={selected?.id} onDone={close} />}
    </Popover>
  );
}

interface ListProps {
  list: readonly ModelInfo[];
  selectedId: string | undefined;
  onDone: () => void;
}

function ModelList({ list, selectedId, onDone }: ListProps) {
  const { selectModel } = useActions();
  const box = useRef<HTMLDivElement>(null);
  const words = messages.models;
  const loaded = list.filter(({ status }) => status.state === "ready" || status.state === "loading");
  const installed = list.filter((model) => !loaded.includes(model));
  const order = [...loaded, ...installed];

  useEffect(() => {
    const options = box.current?.querySelectorAll<HTMLElement>('[role="option"]');
    const chosen = box.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    (chosen ?? options?.[0])?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const options = [...(box.current?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
    const current = options.findIndex((option) => option.matches(":focus"));
    const next = pickByKey(
      event.key,
      current,
      order.map((model) => model.name),
    );
    if (next === undefined) return;
    event.preventDefault();
    options[next]?.focus();
  };
  const choose = (modelId: string) => {
    selectModel(modelId);
    onDone();
  };

  return (
    <div ref={box} role="listbox" aria-label={words.choose} tabIndex={-1} className={styles.list} onKeyDown={onKeyDown}>
      {[
        { name: words.loadedGroup, models: loaded },
        { name: words.installedGroup, models: installed },
      ].map(({ name, models }) =>
        models.length === 0 ? null : (
          // biome-ignore lint/a11y/useSemanticElements: a group of options; a fieldset may not stand in a listbox.
          <div key={name} role="group" aria-label={name}>
            <p className={styles.group} aria-hidden="true">
              {name}
            </p>
            {models.map((model) => (
              <ModelRow key={model.id} model={model} selected={model.id === selectedId} onChoose={choose} />
            ))}
          </div>
        ),
      )}
    </div>
  );
}
