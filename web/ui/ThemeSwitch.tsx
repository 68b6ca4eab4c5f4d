import { useState } from "react";
import { Icon, type IconName } from "./Icon.js";
import { messages } from "./messages.js";
import styles from "./ThemeSwitch.module.css";
import { applyTheme, readTheme, type Theme } from "./theme.js";

const choices: { theme: Theme; icon: IconName }[] = [
  { theme: "system", icon: "display" },
  { theme: "light", icon: "sun" },
  { theme: "dark", icon: "moon" },
];

/** Three radio buttons: as the system, light, dark. */
export function ThemeSwitch() {
  const [chosen, setChosen] = useState(readTheme);
  return (
    <fieldset className={styles.switch}>
      <legend className="visuallyHidden">{messages.frame.theme.label}</legend>
      {choices.map(({ theme, icon }) => (
        <label key={theme} className={styles.choice} title={messages.frame.theme[theme]}>
          <input
            type="radio"
            name="theme"
            className="visuallyHidden"
            checked={chosen === theme}
            onChange={() => {
              applyTheme(theme);
              setChosen(theme);
            }}
          />
          <Icon name={icon} size={16} />
          <span className="visuallyHidden">{messages.frame.theme[theme]}</span>
        </label>
      ))}
    </fieldset>
  );
}
