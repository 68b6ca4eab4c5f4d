import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useRef } from "react";
import { Icon, type IconName } from "./Icon.js";
import styles from "./Menu.module.css";
import { Popover } from "./Popover.js";

export interface MenuItem {
  /** Also its key: names within a menu differ. */
  label: string;
  icon: IconName;
  onSelect?: () => void;
  /** A file to fetch instead of something to do. */
  href?: string;
  /** Drawn as chosen. */
  checked?: boolean;
  /** The language of its label, if it is not the page's. */
  lang?: string;
  /** Cannot easily be taken back. */
  danger?: boolean;
}

interface Props {
  items: readonly MenuItem[];
  /** Names the menu. */
  label: string;
  button: (attributes: {
    "aria-expanded": boolean;
    "aria-haspopup": "menu";
    onClick: () => void;
    ref: Ref<HTMLButtonElement>;
  }) => ReactNode;
  align?: "start" | "end";
}

/** A button that opens a list of things to do. The arrows, Home, End and first letters go through it. */
export function Menu({ items, label, button, align = "end" }: Props) {
  return (
    <Popover align={align} button={(attributes) => button({ ...attributes, "aria-haspopup": "menu" })}>
      {(close) => <MenuList items={items} label={label} close={close} />}
    </Popover>
  );
}

function MenuList({ items, label, close }: { items: readonly MenuItem[]; label: string; close: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = document.activeElement instanceof HTMLElement ? all.indexOf(document.activeElement) : -1;
    const next = indexAfterKey(
      event.key,
      at,
      items.map((item) => item.label),
    );
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    all[next]?.focus();
  };
  return (
    <div ref={list} role="menu" aria-label={label} tabIndex={-1} className={styles.menu} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <Item key={item.label} item={item} close={close} />
      ))}
    </div>
  );
}

function Item({ item, close }: { item: MenuItem; close: () => void }) {
  const className = [styles.item, item.danger ? styles.danger : ""].join(" ");
  const inside = (
    <>
      <Icon name={item.icon} size={16} />
      <span className={styles.label} {...(item.lang ? { lang: item.lang } : {})}>
        {item.label}
      </span>
      {item.checked ? <Icon name="check" size={16} /> : null}
    </>
  );
  if (item.href !== undefined)
    return (
      <a role="menuitem" tabIndex={-1} href={item.href} download className={className} onClick={close}>
        {inside}
      </a>
    );
  return (
    <button
      type="button"
      tabIndex={-1}
      className={className}
      {...(item.checked === undefined
        ? { role: "menuitem" }
        : { role: "menuitemcheckbox", "aria-checked": item.checked })}
      onClick={() => {
        close();
        item.onSelect?.();
      }}
    >
      {inside}
    </button>
  );
}

/** Where a key leads in a list of these names; undefined if it leads nowhere. `at` is -1 when none is focused. */
export function indexAfterKey(key: string, at: number, labels: readonly string[]): number | undefined {
  const last = labels.length - 1;
  if (last < 0) return undefined;
  if (key === "ArrowDown") return at >= last ? 0 : at + 1;
  if (key === "ArrowUp") return at <= 0 ? last : at - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key.length !== 1 || key === " ") return undefined;
  const starts = (index: number) => labels[index]?.toLowerCase().startsWith(key.toLowerCase());
  for (let step = 1; step <= labels.length; step++) {
    const index = (at + step) % labels.length;
    if (starts(index)) return index;
  }
  return undefined;
}
