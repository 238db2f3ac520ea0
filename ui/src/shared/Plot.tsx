import { useEffect, useRef, useState, type PointerEvent } from 'react';

import classes from './Plot.module.css';
import { pathOf, scaleOf, ticksOf, timeTicksOf } from './plotScale';

export interface PlotPoint {
  id: string;
  atMs: number;
  value: number;
  /** What was expected at this moment; the band follows it. */
  expected?: number;
  /** What is odd about it, in words; the point is ringed and named. */
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
export function Plot({ label, points, formatValue, formatDay, band = 0 }: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(WIDTH_BEFORE_MEASURED);
  const [hovered, setHovered] = useState<number | null>(null);

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

  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;

  const values = points.flatMap((point) =>
    point.expected === undefined ? [point.value] : [point.value, point.expected * (1 + band), point.expected * (1 - band)],
  );
  const ticks = ticksOf(Math.min(...values), Math.max(...values));
  const x = scaleOf(first.atMs, last.atMs, LEFT, width - RIGHT);
  const y = scaleOf(ticks[0] ?? 0, ticks.at(-1) ?? 1, HEIGHT - BOTTOM, TOP);
  const days = timeTicksOf(first.atMs, last.atMs, width < 700 ? 4 : 5);
  const expected = points.filter((point) => point.expected !== undefined);
  const edge = (share: number) => expected.map((point) => [x(point.atMs), y((point.expected ?? 0) * share)] as const);
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
              {tickText(formatValue(tick))}
            </text>
          </g>
        ))}
        {days.map((day, index) => (
          <text key={day} x={x(day)} y={HEIGHT - 8} textAnchor={index === 0 ? 'start' : index === days.length - 1 ? 'end' : 'middle'}>
            {formatDay(day)}
          </text>
        ))}
        {expected.length > 1 && band > 0 && (
          <path className={classes.band} d={`${pathOf([...edge(1 + band), ...edge(1 - band).reverse()])}Z`} />
        )}
        {point && <line className={classes.cross} x1={x(point.atMs)} x2={x(point.atMs)} y1={TOP} y2={HEIGHT - BOTTOM} />}
        <path className={classes.line} d={pathOf(points.map((at) => [x(at.atMs), y(at.value)] as const))} />
        {points
          .filter((at) => at.odd !== undefined)
          .map((at) => {
            const isRight = x(at.atMs) > width / 2;
            return (
              <g key={at.id}>
                <circle className={classes.odd} cx={x(at.atMs)} cy={y(at.value)} r={5} />
                <text className={classes.word} x={x(at.atMs) + (isRight ? -11 : 11)} y={y(at.value) + 4} textAnchor={isRight ? 'end' : 'start'}>
                  {at.odd}
                </text>
              </g>
            );
          })}
        <circle className={classes.end} cx={x(last.atMs)} cy={y(last.value)} r={4} />
        {point && point !== last && point.odd === undefined && <circle className={classes.end} cx={x(point.atMs)} cy={y(point.value)} r={3} />}
      </svg>
      {point && (
        <span className={classes.tip} style={{ left: Math.min(Math.max(x(point.atMs), 70), width - 70) }} aria-hidden>
          {formatDay(point.atMs)}: {formatValue(point.value)}
        </span>
      )}
    </div>
  );
}
