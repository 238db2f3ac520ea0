/** Arithmetic of plots: from values to places, and where the grid lines go. */

/** Maps a range of values onto a range of places. A range of no width maps to its middle. */
export function scaleOf(from: number, to: number, start: number, end: number): (value: number) => number {
  if (from === to) return () => (start + end) / 2;
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** Three to five round numbers that enclose the range. */
export function ticksOf(low: number, high: number): number[] {
  // A flat line would otherwise have no height; give it a tenth of its value.
  const span = high - low || Math.abs(high) * 0.1 || 1;
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 3, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.max(Math.floor(low / step) * step, low < 0 ? -Infinity : 0);
  const ticks: number[] = [];
  for (let at = first; ticks.length === 0 || (ticks.at(-1) ?? 0) < high; at += step) ticks.push(at);
  if (ticks.length === 1) ticks.push(first + step);
  return ticks;
}

/** Evenly spaced moments from the first to the last, both included. */
export function timeTicksOf(fromMs: number, toMs: number, count: number): number[] {
  if (fromMs === toMs) return [fromMs];
  return Array.from({ length: count }, (_, index) => fromMs + ((toMs - fromMs) * index) / (count - 1));
}

/** An SVG path through the places. */
export function pathOf(places: readonly (readonly [number, number])[]): string {
  return places.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)},${y.toFixed(1)}`).join('');
}
