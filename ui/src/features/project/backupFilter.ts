import type { BackupRow } from '../../ipc/bindings';
import { exactMoment, fullDay, relativeDay } from '../../shared/format';

export type Kind = 'all' | 'restored' | 'by_hand' | 'held';

/** Whether a backup belongs to what is asked for; the text is looked for in what the row shows. */
export function matches(row: BackupRow, kind: Kind, text: string, holdReason: string | null = null): boolean {
  if (kind === 'held' && holdReason === null) return false;
  if (kind === 'restored' && row.level !== 'restored') return false;
  if (kind === 'by_hand' && row.trigger === 'schedule') return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  return [row.reason, holdReason, row.trigger, row.who, row.migration, row.shortId, row.atMs === null ? null : fullDay(row.atMs)].some((part) => part?.toLowerCase().includes(wanted));
}

const DAY_HEADING = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const DAY_HEADING_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** Heading of a day: `Today, 21 November`, `Yesterday`, `Wednesday, 18 November`, `3 March 2025`. */
export function dayHeading(atMs: number, nowMs: number = Date.now()): string {
  const relative = relativeDay(atMs, nowMs);
  const date = new Date(atMs);
  if (relative === 'today') return `Today, ${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })}`;
  if (relative === 'yesterday') return 'Yesterday';
  return date.getFullYear() === new Date(nowMs).getFullYear() ? DAY_HEADING.format(date).replace(/^(\w+) /, '$1, ') : DAY_HEADING_YEAR.format(date);
}

/** What keeps a backup from counting by itself: that it was held back, or is a part of another one. */
export function worthOf({ heldBack, needs }: BackupRow): string | null {
  if (heldBack !== null) return `Does not count: ${heldBack}.`;
  if (needs === null) return null;
  return needs.atMs === null ? `Needs the full backup ${needs.name}, which is not here.` : `Part of the full backup of ${exactMoment(needs.atMs)}.`;
}

/** What stands in the place of a reason that nobody wrote. */
export function whyOf(row: BackupRow): { title: string; by: string } {
  if (row.reason) return { title: row.reason, by: [row.trigger, row.who].filter((part) => part !== '').join(', ') };
  return { title: row.trigger.replace(/^./, (letter) => letter.toUpperCase()), by: row.who };
}
