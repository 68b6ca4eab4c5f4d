import type { ButtonHTMLAttributes, Ref } from "react";
import { Icon, type IconName } from "./Icon.js";
import styles from "./IconButton.module.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** Its name, for those who do not see the drawing and as a tip for those who do. */
  label: string;
  iconSize?: number;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, iconSize, className, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={[styles.button, className].filter(Boolean).join(" ")}
      {...rest}
    >
      <Icon name={icon} {...(iconSize ? { size: iconSize } : {})} />
    </button>
  );
}
