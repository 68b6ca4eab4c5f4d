import { useAppState } from "../state/AppContext.js";
import { Icon } from "../ui/Icon.js";
import { messages } from "../ui/messages.js";
import { Popover } from "../ui/Popover.js";
import { ModelList } from "./ModelList.js";
import styles from "./ModelPicker.module.css";
import { StateDot } from "./StateDot.js";

export const modelPickerId = "model";

/** The model that answers next, and the list to choose another from. */
export function ModelPicker() {
  const list = useAppState((state) => state.models.list);
  const failed = useAppState((state) => state.models.error !== undefined);
  const selected = useAppState((state) => state.models.list?.find(({ id }) => id === state.models.selectedId));
  const unreachable = useAppState((state) => state.connection.status === "unreachable");
  const words = messages.models;
  const without = unreachable ? messages.connection.unreachable : failed ? words.failed : words.loading;
  const name = selected?.name ?? (list ? words.none : without);
  return (
    <Popover
      button={(attributes) => (
        <button
          type="button"
          id={modelPickerId}
          className={styles.button}
          title={words.choose}
          disabled={!list}
          {...attributes}
        >
          <span className="visuallyHidden">{words.choose}: </span>
          <span className={styles.name} dir="auto">
            {name}
          </span>
          {selected ? <StateDot status={selected.status} /> : null}
          <Icon name="chevronDown" size={16} />
        </button>
      )}
    >
      {(close) => <ModelList onDone={close} />}
    </Popover>
  );
}
