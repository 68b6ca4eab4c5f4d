/** Cria's mark: a baby alpaca in one line. Decoration only, so it has no name of its own. */
export function CriaMark({ size = 24 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="2.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M10.5 29V13H7c-2.8 0-3.1-3.6-.6-4.2l3.6-.9C9.9 6 10 4.3 10.9 2.8c1.4.9 2.1 1.9 2.4 3.2.7-1.2 1.7-2 3.1-2.3.4 2 0 3.4-.8 4.6V17c2.9-1.2 6.2-1.3 8.7-.1 2.4 1.1 3.4 3.1 3.4 5.6V29" />
    </svg>
  );
}
