import type { HealthFindingView, HealthSeverity, PlotsView, ProjectState } from '../../ipc/bindings';
import { bytes, count, counted, day, elapsed, span } from '../../shared/format';
import type { PlotPoint } from '../../shared/Plot';

export const STATE: Record<HealthSeverity, ProjectState> = {
  ok: 'ok',
  info: 'idle',
  warning: 'warn',
  unknown: 'inconclusive',
  critical: 'danger',
};
export const SEVERITY_WORDS: Record<HealthSeverity, string> = {
  ok: 'Well',
  info: 'Note',
  warning: 'Warning',
  unknown: 'Unknown',
  critical: 'Critical',
};
/** Headings of the groups, the worst first. */
export const GROUPS: readonly { severity: HealthSeverity; title: string }[] = [
  { severity: 'critical', title: 'Wrong now' },
  { severity: 'unknown', title: 'Cannot be told' },
  { severity: 'warning', title: 'To look at' },
  { severity: 'info', title: 'Worth knowing' },
];

/** In which unit the lines of a grid of times are round. */
export function timeUnit(points: readonly PlotPoint[], goalMs: number): number {
  const highest = Math.max(goalMs, ...points.map((point) => point.value));
  if (highest >= 2 * 86_400_000) return 86_400_000;
  if (highest >= 2 * 3_600_000) return 3_600_000;
  return highest >= 120_000 ? 60_000 : 1000;
}

/** Findings that hold all the words of the filter. */
export function filterFindings(
  findings: readonly HealthFindingView[],
  filter: string,
): readonly HealthFindingView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return findings;
  return findings.filter((finding) => {
    const text =
      `${finding.title} ${finding.subject} ${finding.what} ${finding.why} ${finding.details.join(' ')}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Times in which the goal was missed. */
const over = (plots: PlotsView) => plots.recovery.filter((stretch) => stretch.isOver);

/** The sawtooth: the age falls to nothing with each backup that counts, and grows until the next. */
export function recoveryPoints(plots: PlotsView): PlotPoint[] {
  const since = plots.sinceMs;
  const worst = over(plots).reduce((most, stretch) => Math.max(most, stretch.oldestMs), 0);
  return plots.recovery.flatMap((stretch): PlotPoint[] => {
    const from = stretch.fromMs;
    const until = stretch.untilMs;
    const begin = Math.max(from, since);
    const odd = stretch.isOver
      ? { odd: stretch.oldestMs === worst ? `${day(until)}: ${span(stretch.oldestMs)} old` : '' }
      : {};
    return [
      { id: `${stretch.backupId} from`, atMs: begin, value: begin - from },
      { id: `${stretch.backupId} until`, atMs: until, value: until - from, ...odd },
    ];
  });
}

export function recoverySentence(plots: PlotsView): string {
  if (plots.recovery.length === 0) return 'no verified backup in this time';
  const goal = span(plots.recoveryGoalMs);
  const missed = over(plots).length;
  if (missed === 0) return `never older than its goal of ${goal}`;
  return `older than its goal of ${goal} ${missed === 1 ? 'once' : `${count(missed)} times`}`;
}

const off = (value: number, expected: number, less: string, more: string) =>
  `${Math.round(Math.abs(value / Math.max(expected, 1) - 1) * 100)} % ${value < expected ? less : more} than expected`;

export function sizePoints(plots: PlotsView): PlotPoint[] {
  return plots.sizes.map((point): PlotPoint => {
    const value = point.sizeBytes;
    const band = point.band
      ? { low: point.band.low, expected: point.band.expected, high: point.band.high }
      : {};
    const odd =
      point.off && point.band
        ? { odd: `${day(point.atMs)}: ${off(value, point.band.expected, 'smaller', 'larger')}` }
        : {};
    return { id: point.backupId, atMs: point.atMs, value, ...band, ...odd };
  });
}

/** Words stand beside the newest odd point alone; more of them would lie over each other. */
export function thinned(points: readonly PlotPoint[]): PlotPoint[] {
  const last = points.findLastIndex((point) => point.odd !== undefined && point.odd !== '');
  return points.map((point, index) =>
    point.odd === undefined || index === last ? point : { ...point, odd: '' },
  );
}

export function sizeSentence(plots: PlotsView): string {
  if (plots.sizes.length === 0) return 'no backup in this time';
  const odd = plots.sizes.filter((point) => point.off !== null).length;
  if (plots.sizes.every((point) => point.band === null))
    return `${counted(plots.sizes.length, 'backup')}, too few to say what is expected`;
  return odd === 0 ? 'as expected' : `as expected but for ${odd === 1 ? 'one' : count(odd)}`;
}

export function dedupPoints(plots: PlotsView): PlotPoint[] {
  return plots.sizes.map((point) => ({ id: point.backupId, atMs: point.atMs, value: point.addedBytes }));
}

export function dedupSentence(plots: PlotsView): string {
  const size = plots.sizes.reduce((sum, point) => sum + point.sizeBytes, 0);
  const added = plots.sizes.reduce((sum, point) => sum + point.addedBytes, 0);
  if (size === 0) return 'no backup in this time';
  return `${bytes(added)} of ${bytes(size)} were new, ${Math.round((1 - added / size) * 100)} % was already there`;
}

export function drillPoints(plots: PlotsView): PlotPoint[] {
  return plots.drills.flatMap((drill): PlotPoint[] => {
    if (drill.rtoMs === null) return [];
    const odd =
      drill.verdict === 'pass'
        ? {}
        : { odd: `${day(drill.atMs)}: ${drill.verdict === 'fail' ? 'failed' : 'inconclusive'}` };
    return [{ id: drill.id, atMs: drill.atMs, value: drill.rtoMs, ...odd }];
  });
}

export function drillSentence(plots: PlotsView): string {
  const last = plots.drills.at(-1);
  if (!last) return 'no drill in this time';
  const passed = plots.drills.filter((drill) => drill.verdict === 'pass').length;
  return `${counted(plots.drills.length, 'drill')}, ${count(passed)} passed; the last took ${elapsed(last.rtoMs)}`;
}

export function tablePoints(plots: PlotsView): PlotPoint[] {
  return (plots.table?.points ?? []).flatMap((point): PlotPoint[] => {
    // A table that is not there has no rows.
    const value = point.rows ?? 0;
    const band = point.band
      ? { low: point.band.low, expected: point.band.expected, high: point.band.high }
      : {};
    const odd =
      point.rows === null
        ? { odd: `${day(point.atMs)}: not there` }
        : point.off && point.band
          ? { odd: `${day(point.atMs)}: ${off(value, point.band.expected, 'fewer', 'more')}` }
          : {};
    return [{ id: point.backupId, atMs: point.atMs, value, ...band, ...odd }];
  });
}

export function tableSentence(plots: PlotsView): string {
  const points = plots.table?.points ?? [];
  const last = points.at(-1);
  if (!last) return 'no backup whose tables were counted';
  const now = last.rows === null ? 'not in the newest backup' : counted(last.rows, 'row');
  return `${now}, over the last ${counted(points.length, 'backup')}`;
}
