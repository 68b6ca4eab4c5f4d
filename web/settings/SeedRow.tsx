import { useId, useState } from "react";
import { samplingLimits } from "../../server/protocol/samplingLimits.js";
import { useAppState } from "../state/AppContext.js";
import { shownChat } from "../state/shownChat.js";
import { Button } from "../ui/Button.js";
import { IconButton } from "../ui/IconButton.js";
import { messages } from "../ui/messages.js";
import { Row } from "./Row.js";
import styles from "./SettingsPanel.module.css";

const { min, max } = samplingLimits.seed;

interface Props {
  own: number | undefined;
  inherited: number | undefined;
  onChange: (seed: number | undefined) => void;
}

/** Random unless one is written here; the last reply's can be kept. */
export function SeedRow({ own, inherited, onChange }: Props) {
  const id = useId();
  const words = messages.settings;
  const used = useAppState(
    (state) => shownChat(state.chat).branch.findLast(({ stats }) => stats !== undefined)?.stats?.seed,
  );
  const [typed, setTyped] = useState<string | undefined>();
  const value = own ?? inherited;
  const isSeed = (text: string) => /^\d{1,10}$/.test(text) && Number(text) <= max;
  const problem = typed !== undefined && typed !== "" && !isSeed(typed);
  return (
    <Row
      label={words.seed}
      fieldId={id}
      help={words.seedHelp}
      helpId={`${id}-help`}
      changed={own !== undefined}
      onReset={() => {
        setTyped(undefined);
        onChange(undefined);
      }}
      beside={
        <>
          <IconButton
            icon="dice"
            label={words.seedDice}
            onClick={() => onChange(crypto.getRandomValues(new Uint32Array(1))[0])}
          />
          <input
            id={id}
            className={styles.number}
            inputMode="numeric"
            autoComplete="off"
            placeholder={words.seedRandom}
            value={typed ?? value ?? ""}
            aria-describedby={`${id}-help`}
            aria-invalid={problem}
            {...(problem ? { "aria-errormessage": `${id}-problem` } : {})}
            onChange={({ target }) => {
              setTyped(target.value);
              if (target.value === "") onChange(undefined);
              else if (isSeed(target.value)) onChange(Number(target.value));
            }}
            onBlur={() => setTyped(undefined)}
          />
        </>
      }
    >
      {problem ? (
        <p id={`${id}-problem`} className={styles.problem} role="alert">
          {words.whole(messages.stats.number(min), messages.stats.plain(max))}
        </p>
      ) : null}
      {used === undefined || used === value ? null : (
        <p className={styles.used}>
          <span>{words.seedUsed(messages.stats.plain(used))}</span>
          <Button icon="lock" onClick={() => onChange(used)}>
            {words.seedLock(messages.stats.plain(used))}
          </Button>
        </p>
      )}
    </Row>
  );
}
