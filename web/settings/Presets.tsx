import { useId, useState } from "react";
import { useActions, useAppState } from "../state/AppContext.js";
import type { PanelScope } from "../state/settingsScopes.js";
import { AskFirst } from "../ui/AskFirst.js";
import { announce } from "../ui/announce.js";
import { Button } from "../ui/Button.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { useProblem } from "../ui/useProblem.js";
import styles from "./SettingsPanel.module.css";

/** Parameters under a name: choose, delete, or keep what counts now. */
export function Presets({ scope }: { scope: PanelScope }) {
  const presets = useAppState((state) => state.settings.stored?.presets);
  const { editSettings, savePreset, deletePreset } = useActions();
  const { problem, busy, attempt } = useProblem();
  const [chosenName, setChosenName] = useState("");
  const [newName, setNewName] = useState("");
  const id = useId();
  const words = messages.settings;
  const chosen = presets?.find(({ name }) => name === chosenName);
  const apply = () => {
    if (!chosen) return;
    const { name, ...value } = chosen;
    editSettings(scope, value);
    announce(words.applied(name));
  };
  const remove = async (name: string) => {
    // The button goes with the preset.
    if (await attempt(() => deletePreset(name))) document.getElementById(id)?.focus();
  };
  const save = async () => {
    const name = newName.trim();
    if (name === "" || !(await attempt(() => savePreset(scope, name)))) return;
    setNewName("");
    setChosenName(name);
    announce(words.saved(name));
  };
  return (
    <section className={styles.presets} aria-label={words.presets}>
      <div className={styles.pair}>
        <select
          id={id}
          className={styles.field}
          aria-label={words.presets}
          value={chosen?.name ?? ""}
          disabled={!presets || presets.length === 0}
          onChange={(event) => setChosenName(event.target.value)}
        >
          <option value="">{presets?.length === 0 ? words.presetNone : words.presetChoose}</option>
          {presets?.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Button disabled={!chosen} onClick={apply}>
          {words.presetApply}
        </Button>
      </div>
      {chosen ? (
        <AskFirst
          text={words.presetDelete}
          label={words.presetDeleteName(chosen.name)}
          icon="trash"
          question={words.presetDeleteAsk(chosen.name)}
          yes={words.presetDelete}
          onYes={() => void remove(chosen.name)}
        />
      ) : null}
      <form
        className={styles.pair}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <input
          className={styles.field}
          aria-label={words.presetName}
          placeholder={words.presetName}
          maxLength={60}
          autoComplete="off"
          value={newName}
          onChange={(event) => setNewName(event.target.value)}
        />
        <Button type="submit" aria-label={words.presetSaveLabel} disabled={newName.trim() === "" || busy}>
          {words.presetSave}
        </Button>
      </form>
      <ProblemNotice problem={problem} />
    </section>
  );
}
