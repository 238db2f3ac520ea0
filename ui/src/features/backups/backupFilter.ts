import type { BackupKindView, BackupRow, ProofSiftView, SiftBackups } from '../../ipc/bindings';
import { exactMoment, relativeDay } from '../../shared/format';

export type Quick = 'all' | 'restored' | 'by_hand' | 'held';

/** What a person asks of the list; the engine does the looking. */
export interface Draft {
  quick: Quick;
  text: string;
  kind: BackupKindView | null;
  holds: readonly string[];
  proof: ProofSiftView | null;
  /** Days of this computer, as fields give them: `2026-11-21`. */
  from: string;
  to: string;
}

export const BLANK: Draft = { quick: 'all', text: '', kind: null, holds: [], proof: null, from: '', to: '' };

/** Midnight of a day of this computer, so many days later. */
function midnight(day: string, daysLater = 0): number | null {
  const [year, month, date] = day.split('-').map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + daysLater).getTime();
}

/** How many of the filters behind the button are set. */
export const filtersSet = ({ kind, holds, proof, from, to }: Draft): number =>
  [kind !== null, holds.length > 0, proof !== null, from !== '', to !== ''].filter(Boolean).length;

/** The request that a draft means; absent where it leaves everything. */
export function siftOf(draft: Draft): SiftBackups | null {
  const { quick, kind, holds, from, to } = draft;
  const text = draft.text.trim();
  const proof = draft.proof ?? (quick === 'restored' ? 'restored' : null);
  if (quick === 'all' && text === '' && filtersSet(draft) === 0) return null;
  return {
    kind,
    by: quick === 'by_hand' ? 'person' : null,
    holds: [...holds],
    proof,
    sinceMs: midnight(from),
    // The last day counts whole.
    untilMs: midnight(to, 1),
    isHeld: quick === 'held',
    text: text === '' ? null : text,
  };
}

const DAY_HEADING = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_HEADING_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** Heading of a day: `Today, 21 November`, `Yesterday`, `Wednesday, 18 November`, `3 March 2025`. */
export function dayHeading(atMs: number, nowMs: number = Date.now()): string {
  const relative = relativeDay(atMs, nowMs);
  const date = new Date(atMs);
  if (relative === 'today')
    return `Today, ${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}`;
  if (relative === 'yesterday') return 'Yesterday';
  return date.getFullYear() === new Date(nowMs).getFullYear()
    ? DAY_HEADING.format(date).replace(/^(\w+) /, '$1, ')
    : DAY_HEADING_YEAR.format(date);
}

/** What keeps a backup from counting by itself: that it was held back, or is a part of another one. */
export function worthOf({ heldBack, needs }: BackupRow): string | null {
  if (heldBack !== null) return `Does not count: ${heldBack}.`;
  if (needs === null) return null;
  return needs.atMs === null
    ? `Needs the full backup ${needs.name}, which is not here.`
    : `Part of the full backup of ${exactMoment(needs.atMs)}.`;
}

/** What stands in the place of a reason that nobody wrote. */
export function whyOf(row: BackupRow): { title: string; by: string } {
  if (row.reason)
    return { title: row.reason, by: [row.trigger, row.who].filter((part) => part !== '').join(', ') };
  return { title: row.trigger.replace(/^./, (letter) => letter.toUpperCase()), by: row.who };
}
