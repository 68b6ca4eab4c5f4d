import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import { useActions, useAppState } from "../state/AppContext.js";
import { unfinishedInstalls } from "../state/reduceInstalls.js";
import { announce } from "../ui/announce.js";
import { formatBytes } from "../ui/formatBytes.js";
import { messages } from "../ui/messages.js";
import { installStepWords } from "./describeInstall.js";
import { FitBadge } from "./FitBadge.js";
import { groupModels } from "./groupModels.js";
import styles from "./ModelPicker.module.css";
import { ModelRow } from "./ModelRow.js";
import { PickerRow } from "./PickerRow.js";
import { recommendedVariant } from "./recommendedVariant.js";

/**
 * All models, found by typing. The arrows go from the search field through the rows, left and right to a row's button; letters
 * lead back to the search.
 */
export function ModelList({ onDone }: { onDone: () => void }) {
  const models = useAppState((state) => state.models.list) ?? [];
  const selectedId = useAppState((state) => state.models.selectedId);
  const installable = useAppState((state) => state.installs.installable) ?? [];
  const installs = useAppState(useShallow((state) => unfinishedInstalls(state.installs)));
  const { selectModel, openModels, fetchInstalls } = useActions();
  const [query, setQuery] = useState("");
  const panel = useRef<HTMLElement>(null);
  const words = messages.picker;
  const groups = groupModels({ models, installs, installable }, query);
  const count = Object.values(groups).reduce((sum, group) => sum + group.length, 0);

  useEffect(() => {
    // On a touch screen its keyboard would cover the list.
    const touch = window.matchMedia("(pointer: coarse)").matches;
    panel.current?.querySelector<HTMLElement>(touch ? "[data-row]" : "input")?.focus();
  }, []);
  // How much memory is free, and so what fits, changes from minute to minute.
  useEffect(() => void fetchInstalls(), [fetchInstalls]);
  useEffect(() => {
    if (query !== "") announce(count === 0 ? messages.picker.none(query) : messages.picker.found(count));
  }, [query, count]);

  const choose = (modelId: string) => {
    selectModel(modelId);
    onDone();
  };
  const install = (modelId: string) => {
    onDone();
    openModels(modelId);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    const { target } = event;
    const search = panel.current?.querySelector("input");
    if (!(target instanceof HTMLElement) || !search) return;
    const rows = [...(panel.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
    const item = target.closest("li");
    const at = rows.findIndex((row) => item?.contains(row));
    const next = {
      ArrowDown: rows[at + 1],
      ArrowUp: at > 0 ? rows[at - 1] : search,
      ArrowRight: at >= 0 ? item?.querySelector<HTMLElement>("[data-row] ~ button") : undefined,
      ArrowLeft: at >= 0 ? rows[at] : undefined,
    }[event.key];
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key === "Enter" && target === search) {
      event.preventDefault();
      if (query.trim() === "") onDone();
      else rows[0]?.click();
    } else if (event.key.length === 1 && event.key !== " " && target !== search) search.focus();
  };
  const group = (name: string, rows: ReactNode[]) =>
    rows.length === 0 ? null : (
      <section key={name} aria-label={name}>
        <p className={styles.group} aria-hidden="true">
          {name}
        </p>
        <ul className={styles.rows}>{rows}</ul>
      </section>
    );

  const { loadedGroup, installedGroup } = messages.models;
  return (
    <section ref={panel} className={styles.list} aria-label={messages.models.choose} onKeyDown={onKeyDown}>
      <input
        type="search"
        className={styles.search}
        aria-label={words.search}
        placeholder={words.search}
        autoComplete="off"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {group(
        loadedGroup,
        groups.loaded.map((model) => (
          <ModelRow key={model.id} model={model} selected={model.id === selectedId} onChoose={choose} />
        )),
      )}
      {group(
        installedGroup,
        groups.installed.map((model) => (
          <ModelRow key={model.id} model={model} selected={model.id === selectedId} onChoose={choose} />
        )),
      )}
      {group(
        words.installingGroup,
        groups.installing.map((one) => (
          <PickerRow
            key={one.modelId}
            name={one.name}
            facts={[`${installStepWords(one)} ${Math.floor(one.progress * 100)}\u00a0%`]}
            onChoose={() => install(one.modelId)}
          />
        )),
      )}
      {group(
        words.installableGroup,
        groups.installable.flatMap((model) => {
          const best = recommendedVariant(model);
          return best ? (
            <PickerRow
              key={model.modelId}
              name={model.name}
              verb={messages.install.installVerb}
              badge={<FitBadge fit={best.fit} />}
              facts={[
                `${best.quantization} ${formatBytes(best.sizeBytes)}`,
                words.needs(formatBytes(best.ramBytes)),
                messages.models.context(model.contextTokens),
              ]}
              onChoose={() => install(model.modelId)}
            />
          ) : (
            []
          );
        }),
      )}
      {count === 0 && query !== "" ? <p className={styles.group}>{words.none(query)}</p> : null}
    </section>
  );
}
