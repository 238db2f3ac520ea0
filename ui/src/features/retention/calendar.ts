import type { FateView, RetentionDayView } from '../../ipc/bindings';
import { count, counted } from '../../shared/format';

/** What becomes of the backups of a day, all of them together. */
export type DayFate = 'kept' | 'some_go' | 'go' | 'not_counted';

export const FATE_WORDS: Record<DayFate, string> = {
  kept: 'stays',
  some_go: 'some stay, some go',
  go: 'goes',
  not_counted: 'not verified, does not count',
};

export interface Month {
  /** `2026-11`. */
  key: string;
  title: string;
  /** Cells before the first day: weeks begin on Monday. */
  lead: number;
  days: number;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** Days are those of the policy's zone: they are read from their names and never moved to another one. */
const utc = (date: string) => new Date(`${date}T00:00:00Z`);

export function fateOf(backups: readonly FateView[]): DayFate {
  const going = backups.filter((one) => !one.isKept).length;
  if (going === backups.length) return 'go';
  if (going > 0) return 'some_go';
  return backups.some((one) => one.counts) ? 'kept' : 'not_counted';
}

/** The months that have backups, newest first. */
export function monthsOf(days: readonly RetentionDayView[]): Month[] {
  const keys = [...new Set(days.map(({ date }) => date.slice(0, 7)))];
  return keys.map((key) => {
    const first = utc(`${key}-01`);
    const year = first.getUTCFullYear();
    const month = first.getUTCMonth();
    return {
      key,
      title: `${MONTHS[month]} ${year}`,
      lead: (first.getUTCDay() + 6) % 7,
      days: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    };
  });
}

/** `Wednesday, 18 November 2026`. */
export function longDay(date: string): string {
  const at = utc(date);
  return `${WEEKDAYS[at.getUTCDay()]}, ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** What a cell says aloud: `18 November: 3 backups, stays`. */
export function cellWords({ date, backups }: RetentionDayView): string {
  const at = utc(date);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}: ${counted(backups.length, 'backup')}, ${FATE_WORDS[fateOf(backups)]}`;
}

const DAY_MS = 86_400_000;

/** The day with backups that an arrow key leads to, or the same one; `days` are newest first. */
export function movedTo(days: readonly RetentionDayView[], from: string, key: string): string | null {
  const at = days.findIndex(({ date }) => date === from);
  const weeks = (by: number) => {
    const wanted = utc(from).getTime() + by * DAY_MS;
    const there = days.filter(({ date }) =>
      by < 0 ? utc(date).getTime() <= wanted : utc(date).getTime() >= wanted,
    );
    return (by < 0 ? there[0] : there.at(-1))?.date ?? from;
  };
  switch (key) {
    case 'ArrowLeft':
      return days[at + 1]?.date ?? from;
    case 'ArrowRight':
      return days[at - 1]?.date ?? from;
    case 'ArrowUp':
      return weeks(-7);
    case 'ArrowDown':
      return weeks(7);
    case 'Home':
      return days.at(-1)?.date ?? from;
    case 'End':
      return days[0]?.date ?? from;
    default:
      return null;
  }
}

/** `41 backups stay, 7 go`. */
export function tally(kept: number | null, removed: number | null): string {
  const stay = `${counted(kept, 'backup')} ${kept === 1 ? 'stays' : 'stay'}`;
  return removed === 0 ? `${stay}, none goes` : `${stay}, ${count(removed)} ${removed === 1 ? 'goes' : 'go'}`;
}

/** All reasons in one line. */
export const because = (fate: FateView): string => fate.reasons.map(({ words }) => words).join('; ');
