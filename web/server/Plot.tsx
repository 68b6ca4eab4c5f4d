import styles from "./ServerScreen.module.css";

const width = 240;
const height = 56;

interface Props {
  title: string;
  /** One a second, the newest last; undefined where nothing was measured. */
  values: readonly (number | undefined)[];
  /** For people: `12 ms`. */
  format: (value: number) => string;
  /** What is said when there is no value yet. */
  nothing: string;
  highest: (value: string) => string;
}

/** One figure over the last two minutes: its name, what it is now, and a line. */
export function Plot({ title, values, format, nothing, highest }: Props) {
  const known = values.flatMap((value, index) => (value === undefined ? [] : [{ index, value }]));
  const now = known.at(-1);
  const top = Math.max(...known.map(({ value }) => value), 0);
  const x = (index: number) => (values.length > 1 ? (index / (values.length - 1)) * width : width);
  const y = (value: number) => height - 2 - (top > 0 ? value / top : 0) * (height - 6);
  const line = known.map(({ index, value }) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <figure className={styles.plot}>
      <figcaption className={styles.plotTitle}>{title}</figcaption>
      <p className={styles.now}>{now === undefined ? nothing : format(now.value)}</p>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline className={styles.line} points={line} />
      </svg>
      <p className={styles.highest}>{now === undefined ? "" : highest(format(top))}</p>
    </figure>
  );
}
