import type { BackupRow } from '../../ipc/bindings';
import { LEVEL_WORDS, levelNumber } from '../../shared/format';
import { holdsDatabase } from '../../shared/Holds';

/** How high a bar is, by how far its backup is proven: not at all, bytes, readable, restored. */
export const BAR_HEIGHTS = [6, 8, 15, 22] as const;

/** A moment worth a look, and why. */
export interface Candidate {
  row: BackupRow;
  reasons: string[];
}

const at = (row: BackupRow): number => row.atMs;

/** Newest first, each once. */
export function newestFirst(rows: readonly BackupRow[]): BackupRow[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].toSorted(
    (one, other) => at(other) - at(one),
  );
}

/** The newest verified moment, the one closest to the damage, the newest that came back once; and the chosen one. */
export function candidatesOf(
  rows: readonly BackupRow[],
  damageAtMs: number | null,
  chosenId: string,
): Candidate[] {
  // Without a database there is nothing to bring back into a server.
  const before = rows.filter(
    (row) => holdsDatabase({ row }) && (damageAtMs === null || at(row) < damageAtMs),
  );
  const found = new Map<string, Candidate>();
  const add = (row: BackupRow | undefined, reason: string) => {
    if (row === undefined) return;
    const known = found.get(row.id) ?? { row, reasons: [] };
    known.reasons.push(reason);
    found.set(row.id, known);
  };
  add(
    before.find((row) => row.level !== null),
    'The newest verified moment.',
  );
  if (damageAtMs !== null) add(before[0], 'Closest to the damage.');
  add(
    before.find((row) => row.level === 'restored'),
    'The newest moment that a restore has brought back.',
  );
  const chosen = rows.find((row) => row.id === chosenId);
  if (chosen !== undefined && !found.has(chosen.id))
    add(
      chosen,
      damageAtMs !== null && at(chosen) >= damageAtMs
        ? 'Chosen by you; it is after the damage.'
        : 'Chosen by you.',
    );
  return [...found.values()].toSorted((one, other) => at(other.row) - at(one.row));
}

/** The newest proven moment before the damage, where the chosen one is not before it. */
export function movedBefore(
  damageAtMs: number | null,
  chosen: BackupRow,
  rows: readonly BackupRow[],
): BackupRow | undefined {
  if (damageAtMs === null || at(chosen) < damageAtMs) return undefined;
  return rows.find((row) => row.level !== null && holdsDatabase({ row }) && at(row) < damageAtMs);
}

/** What the badge of a moment says. */
export const proofWord = (row: BackupRow): string =>
  !holdsDatabase({ row }) ? 'No database' : row.level === null ? 'Not proven' : LEVEL_WORDS[row.level];

export interface Bar {
  x: number;
  /** 0 nothing proven, 3 restored. */
  level: 0 | 1 | 2 | 3;
}

/** Backups that would lie upon each other are one bar, as high as the best of them. */
export function barsOf(
  rows: readonly BackupRow[],
  fromMs: number,
  toMs: number,
  width: number,
  slot: number,
): Bar[] {
  const best = new Map<number, Bar>();
  for (const row of rows) {
    if (at(row) < fromMs || at(row) > toMs) continue;
    const x = Math.floor((((at(row) - fromMs) / (toMs - fromMs)) * (width - slot)) / slot) * slot;
    const level = levelNumber(row.level);
    if ((best.get(x)?.level ?? -1) < level) best.set(x, { x, level });
  }
  return [...best.values()].toSorted((one, other) => one.x - other.x);
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** So wide that a handful of backups stand in it, and their times can be read. */
export function windowOf(rows: readonly BackupRow[]): number {
  const gaps = rows
    .slice(0, 40)
    .map((row, index) => at(row) - at(rows[index + 1] ?? row))
    .filter((gap) => gap > 0)
    .toSorted((one, other) => one - other);
  const usual = gaps[Math.floor(gaps.length / 2)] ?? DAY;
  return Math.min(Math.max(usual * 4.5, 6 * HOUR), 10 * DAY);
}

const STEPS = [1, 2, 3, 6, 12, 24, 48].map((hours) => hours * HOUR);

/** Ticks on whole hours of the user's clock, at least so many pixels apart. */
export function ticksIn(fromMs: number, toMs: number, width: number, apart: number): number[] {
  const step = STEPS.find((each) => (each / (toMs - fromMs)) * width >= apart) ?? 48 * HOUR;
  const ticks: number[] = [];
  const first = new Date(fromMs);
  first.setHours(0, 0, 0, 0);
  // Counted from each midnight, so that the change of the clock in spring and autumn moves nothing.
  for (const day = first; day.getTime() <= toMs; day.setDate(day.getDate() + Math.max(1, step / DAY))) {
    const next = new Date(day);
    next.setDate(next.getDate() + 1);
    for (let tick = day.getTime(); tick < next.getTime(); tick += Math.min(step, DAY))
      if (tick >= fromMs && tick <= toMs) ticks.push(tick);
  }
  return ticks;
}

const two = (value: number) => String(value).padStart(2, '0');

/** A moment on the user's clock, as it is typed: `2026-11-21 10:43`. */
export function fieldOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Reads `2026-11-21 10:43:30`, or `10:43` for today, on the user's clock. Nothing that is still to come. */
export function parsedMoment(text: string, nowMs: number): number | null {
  const found = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})[ T]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!found) return null;
  const now = new Date(nowMs);
  const [year, month, day, hour, minute, second] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const date = new Date(
    year ?? now.getFullYear(),
    month === undefined ? now.getMonth() : month - 1,
    day ?? now.getDate(),
    hour,
    minute,
    second ?? 0,
  );
  // A day that the calendar does not have rolls over into another one.
  const isReal =
    (day === undefined || date.getDate() === day) && date.getHours() === hour && date.getMinutes() === minute;
  return isReal && date.getTime() <= nowMs ? date.getTime() : null;
}
