import type { GrowthPoint } from '../../ipc/bindings';

/** A point of the growth plot with what was expected of it. */
export interface Grown {
  id: string;
  atMs: number;
  value: number;
  addedBytes: number;
  expected?: number;
  /** How far off it is, as a share of what was expected; absent when it is as expected. */
  off?: number;
}

export interface Growth {
  points: Grown[];
  /** Bytes that a month adds by the trend; absent when there are too few points to say so. */
  perMonth?: number;
  /** Backups that are not as expected. */
  odd: number;
}

/** The band is drawn this far around the trend, and a size outside of twice that is called odd. */
export const BAND = 0.08;
const ODD = 2 * BAND;
/** Below this many points a trend says nothing. */
const TREND_MIN = 7;
/** Pairs grow with the square of the points; a trend needs no more than this many. */
const SAMPLE_MAX = 160;
const MONTH_MS = 30 * 86_400_000;

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/**
 * The trend as the median of the slopes between all pairs (Theil and Sen): one backup that is far off,
 * which is the one to be found, does not bend it.
 */
function trendOf(points: readonly Grown[]): (atMs: number) => number {
  const step = Math.max(1, Math.ceil(points.length / SAMPLE_MAX));
  const sample = points.filter((_, index) => index % step === 0);
  const slopes = sample.flatMap((a, index) =>
    sample
      .slice(index + 1)
      .flatMap((b) => (b.atMs === a.atMs ? [] : [(b.value - a.value) / (b.atMs - a.atMs)])),
  );
  const slope = slopes.length === 0 ? 0 : median(slopes);
  const base = median(sample.map((point) => point.value - slope * point.atMs));
  return (atMs) => base + slope * atMs;
}

/** Reads the answer of `backup_growth` for the plot: oldest first, with the trend and what is off it. */
export function growthOf(answer: readonly GrowthPoint[]): Growth {
  const points = answer
    .map((point): Grown => ({
      id: point.backupId,
      atMs: point.atMs,
      value: point.sizeBytes,
      addedBytes: point.addedBytes,
    }))
    .sort((a, b) => a.atMs - b.atMs);
  if (points.length < TREND_MIN) return { points, odd: 0 };

  const trend = trendOf(points);
  const read = points.map((point): Grown => {
    const expected = trend(point.atMs);
    if (expected <= 0) return point;
    const off = point.value / expected - 1;
    return Math.abs(off) > ODD ? { ...point, expected, off } : { ...point, expected };
  });
  return {
    points: read,
    perMonth: trend(MONTH_MS) - trend(0),
    odd: read.filter((point) => point.off !== undefined).length,
  };
}
