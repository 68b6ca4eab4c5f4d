const paths = {
  sidebar: "M4 5h16v14H4zM9.5 5v14",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V6M6 11.5 12 5.5l6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1",
  check: "M5 12.5 10 17.5 19.5 7",
  refresh: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5",
  chevronLeft: "M14.5 6 8.5 12l6 6",
  chevronRight: "M9.5 6l6 6-6 6",
  chevronDown: "M6 9.5l6 6 6-6",
  arrowDown: "M12 5v13.5M6 13l6 6 6-6",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5",
  close: "M6 6l12 12M18 6 6 18",
  wrap: "M4 6h16M4 12h13a3 3 0 0 1 0 6h-4M15 15.5 12.5 18l2.5 2.5M4 18h5",
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.1",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  display: "M3.5 5h17v11h-17zM9 20h6M12 16v4",
  pencil: "M4.5 19.5l1-4L16 5l3 3L8.5 18.5z",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.2 15.2 20 20",
  pin: "M9 4h6l-.8 6.2L17.5 14h-11l3.3-3.8zM12 14v6.5",
  download: "M12 4v11M7 10.5l5 5 5-5M5 19.5h14",
  upload: "M12 15.5v-11M7 9l5-5 5 5M5 19.5h14",
  branch:
    "M7 8.5v7M7 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 8.5c0 4-10 2.5-10 6.5",
  thumbUp:
    "M8 11v8.5H4.5V11zM8 11l3.5-6.5c1.5 0 2.3 1 2 2.5L13 10h5c1.200 0 2 1 1.800 2.200l-1 5.5c-.2 1-1 1.800-2 1.800H8",
  thumbDown:
    "M8 13V4.5H4.5V13zM8 13l3.5 6.5c1.5 0 2.3-1 2-2.5L13 14h5c1.200 0 2-1 1.800-2.200l-1-5.5c-.2-1-1-1.800-2-1.800H8",
  flame: "M12 3.5c.5 3.5 5 5.5 5 10.5a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5 0 1.5.5 2.5 1.5 3 .5-3-.5-6 1.5-9z",
  play: "M8 5.5v13l10.5-6.5z",
  hourglass: "M7 4h10M7 20h10M8 4c0 5 3 5.5 4 8-1 2.5-4 3-4 8M16 4c0 5-3 5.5-4 8 1 2.5 4 3 4 8",
  keyboard: "M3.5 6.5h17v11h-17zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8",
  file: "M6.5 3.5h7l4 4v13h-11zM13.5 3.5v4h4",
  columns: "M4 5h16v14H4zM12 5v14",
  pulse: "M3.5 12.5h4l2.5-7 4 13 2.5-6h4",
  undo: "M8.5 5.5 4.5 9.5l4 4M4.5 9.5h9.5a5 5 0 0 1 0 10h-4",
  redo: "M15.5 5.5l4 4-4 4M19.5 9.5h-9.5a5 5 0 0 0 0 10h4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z",
  terminal: "M5 7l4.5 4.5L5 16M12 17h7",
  cube: "M12 3.5 20 8v8l-8 4.5L4 16V8zM4 8l8 4.5L20 8M12 12.5v8",
  paperclip:
    "M19.5 11.5l-7.4 7.4a4.6 4.6 0 0 1-6.500-6.500l7.700-7.700a3 3 0 0 1 4.300 4.300l-7.500 7.500a1.500 1.500 0 0 1-2.100-2.100l6.700-6.700",
  globe: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17",
  pause: "M8.5 6v12M15.5 6v12",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
  dice: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing of one size and one stroke. It says nothing to a screen reader: the button around it has the name. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "dots" ? 2.75 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} fill={name === "stop" ? "currentColor" : "none"} />
    </svg>
  );
}
