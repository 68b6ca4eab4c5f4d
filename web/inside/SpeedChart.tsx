import { messages } from "../ui/messages.js";
import styles from "./SpeedChart.module.css";

const width = 230;
const height = 48;

/** Tokens per second over the time that a reply took, as a line from its beginning to its end. */
export default function SpeedChart({ speeds }: { speeds: readonly number[] }) {
  const words = messages.speedChart;
  const highest = Math.max(...speeds, 1);
  const lowest = Math.min(...speeds);
  const x = (index: number) => (speeds.length > 1 ? (index / (speeds.length - 1)) * width : 0);
  const y = (speed: number) => height - 2 - (speed / highest) * (height - 6);
  const line = speeds.map((speed, index) => `${x(index).toFixed(1)},${y(speed).toFixed(1)}`).join(" ");
  return (
    <figure className={styles.chart}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={words.label(messages.stats.speed(lowest), messages.stats.speed(highest))}
      >
        <polygon className={styles.area} points={`0,${height} ${line} ${width},${height}`} />
        <polyline className={styles.line} points={line} />
      </svg>
      <figcaption className={styles.caption}>
        <span>{words.title}</span>
        <span>{words.highest(messages.stats.speed(highest))}</span>
      </figcaption>
    </figure>
  );
}
