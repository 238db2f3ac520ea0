import type { BackupRow, DayView } from '../../ipc/bindings';
import { dayKinds } from '../../shared/DayStrip';
import { barsOf, BAR_HEIGHTS } from './moments';
import classes from './Timeline.module.css';

const DAY = 86_400_000;
const HEIGHT = 30;

/** The whole span at a glance, and which part of it is drawn large. */
export function TimelineOverview({
  rows,
  days,
  goalMs,
  from,
  to,
  width,
  shownFrom,
  shownTo,
}: {
  rows: readonly BackupRow[];
  days: readonly DayView[];
  goalMs: number | null;
  from: number;
  to: number;
  width: number;
  shownFrom: number;
  shownTo: number;
}) {
  const x = (ms: number) => ((ms - from) / (to - from)) * width;
  const kinds = dayKinds(days, goalMs);
  const left = Math.max(0.75, x(shownFrom));
  return (
    <svg className={classes.overview} width={width} height={HEIGHT} aria-hidden>
      {barsOf(rows, from, to, width, 5).map((bar) =>
        bar.level === 0 ? (
          <rect
            key={bar.x}
            x={bar.x + 0.5}
            y={HEIGHT - 4 - BAR_HEIGHTS[0]}
            width="3"
            height={BAR_HEIGHTS[0]}
            fill="none"
            stroke="var(--control)"
          />
        ) : (
          <rect
            key={bar.x}
            x={bar.x}
            y={HEIGHT - 4 - BAR_HEIGHTS[bar.level]}
            width="4"
            height={BAR_HEIGHTS[bar.level]}
            fill="var(--strip)"
          />
        ),
      )}
      {days.map((one, index) => {
        const kind = kinds[index];
        const middle = x(one.dayMs + DAY / 2);
        return kind === 'failed' || kind === 'overdue' ? (
          <rect
            key={one.dayMs}
            x={middle - 1.5}
            y="4.5"
            width="3"
            height="21"
            fill="none"
            stroke="var(--danger-solid)"
          />
        ) : null;
      })}
      <rect
        className={classes.brush}
        x={left}
        y="0.75"
        width={Math.max(10, Math.min(width - 0.75, x(shownTo)) - left)}
        height={HEIGHT - 1.5}
        rx="4"
      />
    </svg>
  );
}
