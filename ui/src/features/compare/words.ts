import type { TableChangeView } from '../../ipc/bindings';
import { bytes, count, counted } from '../../shared/format';
import { differenceOf, isDifferent, type SidedDiff, type SidedTable } from './sides';

export const CHANGE_WORDS: Record<TableChangeView, string> = {
  added: 'Added',
  removed: 'Removed',
  changed: 'Changed',
  equal: 'The same',
  unknown: 'Unknown',
};

/** What the fingerprints of both sides say of the rows. */
export const CONTENT_WORDS: Record<TableChangeView, string> = {
  added: 'only at the right',
  removed: 'only at the left',
  changed: 'not equal',
  equal: 'equal',
  unknown: 'unknown',
};

export const countOf = (tables: readonly SidedTable[], change: TableChangeView): number =>
  tables.filter((table) => table.change === change).length;

/** A difference with its sign: `+11,433`, `−27`, `0`. */
export const signed = (value: number, words: (value: number) => string): string =>
  value === 0 ? words(0) : `${value > 0 ? '+' : '−'}${words(Math.abs(value))}`;
export const signedCount = (value: number): string => signed(value, count);
export const signedBytes = (value: number): string => signed(value, bytes);

/** The answer of the page. That nothing differs is said only where everything was compared. */
export function sentenceOf({ verdict, tables, objects }: SidedDiff): string {
  if (verdict === 'same') return 'Nothing differs.';
  const unknown = countOf(tables, 'unknown');
  if (verdict === 'unknown')
    return unknown > 0 || tables.length === 0
      ? 'Whether the rows differ is not known.'
      : 'Nothing that was compared differs.';
  const changed = tables.filter((table) => isDifferent(table) && table.change !== 'unknown').length;
  if (changed > 0) return `${counted(changed, 'table')} ${changed === 1 ? 'differs' : 'differ'}.`;
  const rows = unknown > 0 ? 'Whether the rows differ is not known' : 'No row differs';
  return objects.length > 0
    ? `${rows}, but ${counted(objects.length, 'other object')} ${objects.length === 1 ? 'does' : 'do'}.`
    : `${rows}, but something else does.`;
}

/** Rows of all tables that can be compared, and what became of them. */
export function rowsDifference(tables: readonly SidedTable[]): number | null {
  const all = tables.map((table) => differenceOf(table, table.rows));
  return all.some((one) => one === null) ? null : all.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}
