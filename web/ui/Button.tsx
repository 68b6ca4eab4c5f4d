import type { ComponentProps } from "react";
import styles from "./Button.module.css";
import { Icon, type IconName } from "./Icon.js";

interface Props extends ComponentProps<"button"> {
  icon?: IconName;
  /** `accent` is for the one thing to do next. */
  look?: "accent" | "plain";
}

export function Button({ icon, look = "plain", className, children, ...rest }: Props) {
  return (
    <button type="button" className={[styles.button, styles[look], className].filter(Boolean).join(" ")} {...rest}>
      {icon ? <Icon name={icon} size={16} /> : null}
      {children}
    </button>
  );
}
