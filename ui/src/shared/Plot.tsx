import { useLayoutEffect, useRef, useState, type PointerEvent } from 'react';

import classes from './Plot.module.css';
import { pathOf, scaleOf, ticksOf, timeTicksOf } from './plotScale';

export interface PlotPoint {
  id: string;
  atMs: number;
  value: number;
  /** What was expected at this moment; the band follows it. */
  expected?: number;
  /** Between which values it was expected at this moment, where that is known exactly. */
  low?: number;
  high?: number;
  /** What is odd about it, in words; the point is ringed and named. An empty text rings it without a word. */
  odd?: string;
}

export interface PlotProps {
  /** What the plot shows, in words, for those who do not see it. */
  label: string;
  points: readonly PlotPoint[];
  formatValue: (value: number) => string;
  formatDay: (atMs: number) => string;
  /** Half the width of the expected band, as a share: 0.08. */
  band?: number;
  /** A line that values are held against, and its word. */
  goal?: { value: number; word: string };
  /** The lowest value is zero, whatever the values are. */
  fromZero?: boolean;
  /** In which unit lines of the grid are round; a day of milliseconds, for instance. */
  unit?: number;
}

const HEIGHT = 132;
const LEFT = 52;
const RIGHT = 8;
const TOP = 18;
const BOTTOM = 28;
const WIDTH_BEFORE_MEASURED = 936;

/** `16.00 GB` as `16 GB`: a grid line is round. */
const tickText = (text: string) => text.replace(/\.0+(?=\D|$)/, '').replace(/(\.\d*?[1-9])0+(?=\D|$)/, '$1');

/** A line over time with a quiet grid. Its numbers are always also offered as a table, by the page. */
export function Plot({
  label,
  points,
  formatValue,
  formatDay,
  band = 0,
  goal,
  fromZero = false,
  unit = 1,
}: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_BEFORE_MEASURED);
  const [hovered, setHovered] = useState<number | null>(null);

  // Drawn at its real width: a scaled drawing would scale its letters below 12 px.
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    if (element.clientWidth > 0) setWidth(element.clientWidth);
    if (typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;

  const lowOf = (at: PlotPoint) =>
    at.low ?? (at.expected === undefined ? undefined : at.expected * (1 - band));
  const highOf = (at: PlotPoint) =>
    at.high ?? (at.expected === undefined ? undefined : at.expected * (1 + band));
  const values = points.flatMap((at) => [at.value, lowOf(at) ?? at.value, highOf(at) ?? at.value]);
  if (goal) values.push(goal.value);
  if (fromZero) values.push(0);
  const ticks = ticksOf(Math.min(...values) / unit, Math.max(...values) / unit).map((tick) => tick * unit);
  const x = scaleOf(first.atMs, last.atMs, LEFT, width - RIGHT);
  const y = scaleOf(ticks[0] ?? 0, ticks.at(-1) ?? 1, HEIGHT - BOTTOM, TOP);
  const days = timeTicksOf(first.atMs, last.atMs, width < 700 ? 4 : 5);
  const expected = points.filter((at) => lowOf(at) !== undefined);
  const edge = (of: (at: PlotPoint) => number | undefined) =>
    expected.map((at) => [x(at.atMs), y(of(at) ?? 0)] as const);
  const point = hovered === null ? undefined : points[hovered];

  const onMove = (event: PointerEvent<SVGSVGElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    let nearest = 0;
    points.forEach((candidate, index) => {
      const best = points[nearest];
      if (best && Math.abs(x(candidate.atMs) - at) < Math.abs(x(best.atMs) - at)) nearest = index;
    });
    setHovered(nearest);
  };

  return (
    <div ref={frame} className={classes.frame}>
      <svg
        className={classes.plot}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="img"
        aria-label={label}
        onPointerMove={onMove}
        onPointerLeave={() => setHovered(null)}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line className={classes.grid} x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {tick === 0 ? 0 : tickText(formatValue(tick))}
            </text>
          </g>
        ))}
        {days.map((day, index) => (
          <text
            key={day}
            x={x(day)}
            y={HEIGHT - 8}
            textAnchor={index === 0 ? 'start' : index === days.length - 1 ? 'end' : 'middle'}
          >
            {formatDay(day)}
          </text>
        ))}
        {expected.length > 1 && (
          <path className={classes.band} d={`${pathOf([...edge(highOf), ...edge(lowOf).reverse()])}Z`} />
        )}
        {goal && (
          <>
            <line
              className={classes.goal}
              x1={LEFT}
              x2={width - RIGHT}
              y1={y(goal.value)}
              y2={y(goal.value)}
            />
            <text className={classes.goalWord} x={width - RIGHT} y={y(goal.value) - 6} textAnchor="end">
              {goal.word}
            </text>
          </>
        )}
        {point && (
          <line
            className={classes.cross}
            x1={x(point.atMs)}
            x2={x(point.atMs)}
            y1={TOP}
            y2={HEIGHT - BOTTOM}
          />
        )}
        <path className={classes.line} d={pathOf(points.map((at) => [x(at.atMs), y(at.value)] as const))} />
        {points
          .filter((at) => at.odd !== undefined)
          .map((at) => {
            const isRight = x(at.atMs) > width / 2;
            // Beside the point the word would lie on the line: it stands on the side on which the point is off.
            const isBelow = at.value < (at.expected ?? -Infinity) && y(at.value) < HEIGHT - BOTTOM - 16;
            return (
              <g key={at.id}>
                <circle className={classes.odd} cx={x(at.atMs)} cy={y(at.value)} r={5} />
                {at.odd !== '' && (
                  <text
                    className={classes.word}
                    x={x(at.atMs) + (isRight ? 5 : -5)}
                    y={y(at.value) + (isBelow ? 18 : -9)}
                    textAnchor={isRight ? 'end' : 'start'}
                  >
                    {at.odd}
                  </text>
                )}
              </g>
            );
          })}
        <circle className={classes.end} cx={x(last.atMs)} cy={y(last.value)} r={4} />
        {point && point !== last && point.odd === undefined && (
          <circle className={classes.end} cx={x(point.atMs)} cy={y(point.value)} r={3} />
        )}
      </svg>
      {point && (
        <span
          className={classes.tip}
          style={{ left: Math.min(Math.max(x(point.atMs), 70), width - 70) }}
          aria-hidden
        >
          {formatDay(point.atMs)}: {formatValue(point.value)}
        </span>
      )}
    </div>
  );
}
