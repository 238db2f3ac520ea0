import { useEffect, useRef, useState } from 'react';

import type { DrillRowView } from '../../ipc/bindings';
import { day, elapsed } from '../../shared/format';
import { ticksOf } from '../../shared/plotScale';
import classes from './DrillPlot.module.css';
import { VERDICT_WORDS } from './words';

interface DrillPlotProps {
  /** What it says, in words, for those who do not see it. */
  label: string;
  /** Oldest first. */
  drills: readonly DrillRowView[];
  goalMs: number | null;
  /** The drill of this page, drawn in full colour. */
  current?: string | undefined;
}

const HEIGHT = 148;
const LEFT = 44;
const RIGHT = 4;
const TOP = 22;
const BOTTOM = 26;
const WIDTH_BEFORE_MEASURED = 300;
const MARKS = { pass: '', fail: '×', inconclusive: '?' } as const;

/** Time of each drill as a bar, against the goal as a line. Its numbers are always also offered as a table. */
export function DrillPlot({ label, drills, goalMs, current }: DrillPlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_BEFORE_MEASURED);

  // Drawn at its real width: a scaled drawing would scale its letters below 12 px.
  useEffect(() => {
    const element = frame.current;
    if (!element || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const first = drills[0];
  const last = drills.at(-1);
  if (!first || !last) return null;

  // In the unit that the highest value reads in, so that lines of the grid are round there too.
  const highestMs = Math.max(goalMs ?? 0, ...drills.map((drill) => drill.rtoMs ?? 0), 1000);
  const unit = highestMs >= 3_600_000 ? 3_600_000 : highestMs >= 60_000 ? 60_000 : 1000;
  const ticks = ticksOf(0, highestMs / unit);
  const top = (ticks.at(-1) ?? 1) * unit;
  const y = (ms: number) => HEIGHT - BOTTOM - (ms / top) * (HEIGHT - TOP - BOTTOM);
  const step = (width - LEFT - RIGHT) / drills.length;
  const barWidth = Math.min(18, step * 0.62);
  const x = (index: number) => LEFT + step * (index + 0.5);
  const word = unit === 3_600_000 ? 'h' : unit === 60_000 ? 'min' : 's';

  return (
    <div ref={frame} className={classes.frame}>
      <svg
        className={classes.plot}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={label}
      >
        {ticks.map((tick, index) => (
          <g key={tick}>
            <line
              className={classes.grid}
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(tick * unit)}
              y2={y(tick * unit)}
            />
            <text x={LEFT - 8} y={y(tick * unit) + 4} textAnchor="end">
              {index === ticks.length - 1 ? `${Number(tick.toFixed(1))} ${word}` : Number(tick.toFixed(1))}
            </text>
          </g>
        ))}
        {drills.map((drill, index) => {
          // What did not come so far has no time; a stub says that there was one.
          const bar = y(drill.rtoMs ?? top * 0.12);
          return (
            <g key={drill.id}>
              <title>{`${day(drill.startedAtMs)}: ${drill.rtoMs === null ? 'no time' : elapsed(drill.rtoMs)}. ${VERDICT_WORDS[drill.verdict]}`}</title>
              <rect
                className={classes.bar}
                data-verdict={drill.verdict}
                data-current={drill.id === current}
                x={x(index) - barWidth / 2}
                y={bar}
                width={barWidth}
                height={Math.max(1, HEIGHT - BOTTOM - bar)}
                rx={1.5}
              />
              {drill.verdict !== 'pass' && (
                <text
                  className={classes.mark}
                  data-verdict={drill.verdict}
                  x={x(index)}
                  y={bar - 5}
                  textAnchor="middle"
                >
                  {MARKS[drill.verdict]}
                </text>
              )}
            </g>
          );
        })}
        <text x={LEFT} y={HEIGHT - 8} textAnchor="start">
          {day(first.startedAtMs)}
        </text>
        {drills.length > 1 && (
          <text x={width - RIGHT} y={HEIGHT - 8} textAnchor="end">
            {day(last.startedAtMs)}
          </text>
        )}
        {goalMs !== null && (
          <>
            <line className={classes.goal} x1={LEFT} x2={width - RIGHT} y1={y(goalMs)} y2={y(goalMs)} />
            <text className={classes.goalWord} x={width - RIGHT} y={y(goalMs) - 6} textAnchor="end">
              goal {elapsed(goalMs)}
            </text>
          </>
        )}
      </svg>
    </div>
  );
}
