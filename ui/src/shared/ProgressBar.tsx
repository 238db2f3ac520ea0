import css from './ProgressBar.module.css';

interface ProgressBarProps {
  label: string;
  /** Absent where nobody knows. */
  percent: number | null;
  isLarge?: boolean;
  /** Moves on smoothly, where its figure comes now and then. */
  glides?: boolean;
}

/** How far something has come. */
export function ProgressBar({ label, percent, isLarge, glides }: ProgressBarProps) {
  return (
    <span
      className={css.track}
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent === null ? undefined : Math.floor(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-large={isLarge}
    >
      <span className={css.bar} data-glides={glides} style={{ width: `${percent ?? 0}%` }} />
    </span>
  );
}
