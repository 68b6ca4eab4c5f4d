import { useEffect, useRef, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import type { SettingsValue } from "../../server/protocol/conversation.js";
import type { Sampling } from "../../server/protocol/sampling.js";
import type { PageError } from "../connection/PageError.js";
import { useActions, useAppState } from "../state/AppContext.js";
import {
  inheritedSettings,
  ownSettings,
  type PanelScope,
  settingsSource,
  withSampling,
  withSystemPrompt,
} from "../state/settingsScopes.js";
import { Button } from "../ui/Button.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { ProblemNotice } from "../ui/ProblemNotice.js";
import { ModelLoading } from "./ModelLoading.js";
import { NumberRow } from "./NumberRow.js";
import { advancedRows, basicRows, type NumberRowShape } from "./numberRows.js";
import { Presets } from "./Presets.js";
import { SeedRow } from "./SeedRow.js";
import styles from "./SettingsPanel.module.css";
import { StopRow } from "./StopRow.js";
import { SystemPromptRow } from "./SystemPromptRow.js";
import { settingsPanelId } from "./settingsPanelId.js";

interface Props {
  /** It lies over the page and keeps what is under it out of reach. */
  drawer: boolean;
  /** It stands beside a text that is gone on with: there is no chat, and nothing is told first. */
  besideText: boolean;
  onClose: () => void;
}

const chatScopes: readonly PanelScope[] = ["chat", "model", "everyone"];
const textScopes: readonly PanelScope[] = ["model", "everyone"];

/** What the model is told first and how its words are chosen, for this chat, this model or everyone. */
export default function SettingsPanel({ drawer, besideText, onClose }: Props) {
  const source = useAppState(useShallow(settingsSource));
  const { editSettings, watchSettings, showSettings } = useActions();
  const wanted = useAppState((state) => state.settingsPanel);
  const [chosenScope, setScope] = useState<PanelScope>("chat");
  const [problem, setProblem] = useState<PageError | undefined>();
  const panel = useRef<HTMLElement>(null);
  const words = messages.settings;
  const model = source.models.list?.find(({ id }) => id === source.models.selectedId);
  const usable = (besideText ? textScopes : chatScopes).filter((one) => one !== "model" || model !== undefined);
  const scope = usable.includes(chosenScope) ? chosenScope : (usable[0] ?? "everyone");
  const own = ownSettings(source, scope);
  const inherited = inheritedSettings(source, scope);

  // What another server holds is not ours to load.
  const isOurs = model !== undefined && model.engine === undefined;

  useEffect(() => watchSettings(setProblem), [watchSettings]);
  useEffect(() => {
    const before = document.activeElement;
    const element = panel.current;
    element?.focus({ preventScroll: true });
    return () => {
      const lost = document.activeElement === document.body || element?.contains(document.activeElement);
      if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  // After the panel took the focus: what the reader came for gets it from there.
  useEffect(() => {
    if (wanted !== "loading") return;
    if (isOurs) setScope("model");
    else showSettings("parameters");
  }, [wanted, isOurs, showSettings]);

  const edit = (value: SettingsValue) => editSettings(scope, value);
  const setSampling = <Key extends keyof Sampling>(key: Key, value: Sampling[Key] | undefined) =>
    edit(withSampling(own, inherited.sampling, key, value));
  const number = (shape: NumberRowShape) => (
    <NumberRow
      key={`${scope} ${shape.key}`}
      shape={shape}
      own={own.sampling?.[shape.key]}
      inherited={inherited.sampling[shape.key] ?? 0}
      onChange={(value) => setSampling(shape.key, value)}
    />
  );
  const isChanged = own.systemPrompt !== undefined || own.sampling !== undefined;
  const help = besideText ? { ...words.scopeHelp, ...words.scopeHelpOfText } : words.scopeHelp;
  const scopeHelp = scope === "model" ? help.model(model?.name ?? "") : help[scope];

  return (
    <aside
      id={settingsPanelId}
      ref={panel}
      tabIndex={-1}
      className={[styles.panel, drawer ? styles.drawer : ""].join(" ")}
      aria-label={words.title}
    >
      <div className={styles.head}>
        <h2 className={styles.title}>{words.title}</h2>
        {isChanged ? <Button onClick={() => edit({})}>{words.resetAll}</Button> : null}
        <IconButton icon="close" label={words.close} onClick={onClose} />
      </div>
      <div className={styles.scroller}>
        <fieldset className={styles.scopes}>
          <legend className="visuallyHidden">{words.scopeLabel}</legend>
          {usable.map((one) => (
            <label key={one} className={styles.scope}>
              <input
                type="radio"
                className="visuallyHidden"
                name="settingsScope"
                checked={one === scope}
                onChange={() => setScope(one)}
              />
              {words.scopes[one]}
            </label>
          ))}
        </fieldset>
        <p className={styles.help}>
          {scopeHelp} {words.applies}
        </p>
        <ProblemNotice problem={problem} />
        <Presets scope={scope} />
        {besideText ? null : (
          <SystemPromptRow
            key={scope}
            own={own.systemPrompt}
            inherited={inherited.systemPrompt}
            onChange={(text) => edit(withSystemPrompt(own, inherited.systemPrompt, text))}
          />
        )}
        {basicRows.map(number)}
        <SeedRow
          key={`${scope} seed`}
          own={own.sampling?.seed}
          inherited={inherited.sampling.seed}
          onChange={(seed) => setSampling("seed", seed)}
        />
        <details className={styles.advanced}>
          <summary className={styles.summary}>{words.advanced}</summary>
          <div className={styles.rows}>
            {advancedRows.map(number)}
            <StopRow
              key={`${scope} stop`}
              own={own.sampling?.stop}
              inherited={inherited.sampling.stop}
              onChange={(stop) => setSampling("stop", stop)}
            />
          </div>
        </details>
        {model && isOurs && scope !== "everyone" ? (
          <ModelLoading key={model.id} model={model} wanted={wanted === "loading" && scope === "model"} />
        ) : null}
      </div>
    </aside>
  );
}
