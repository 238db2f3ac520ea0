import { Counts, type Figure } from '../../shared/Counts';
import { count } from '../../shared/format';
import type { SidedDiff } from './sides';
import { countOf, rowsDifference, signedCount } from './words';

/** How many tables changed, came and went, and what became of the rows. */
export function DiffCounts({ diff }: { diff: SidedDiff }) {
  const { tables } = diff;
  const of = (name: string, many: number): Figure => ({
    name,
    value: count(many),
    unit: many === 1 ? 'table' : 'tables',
    ...(many === 0 && { tone: 'quiet' }),
  });
  const unknown = countOf(tables, 'unknown');
  const rows = rowsDifference(tables);
  const figures = [
    of('Changed', countOf(tables, 'changed')),
    of('Added', countOf(tables, 'added')),
    of('Removed', countOf(tables, 'removed')),
    of('The same', countOf(tables, 'equal')),
    ...(unknown > 0 ? [of('Unknown', unknown)] : []),
  ];
  const all: Figure =
    rows === null
      ? { name: 'Rows in all', value: 'unknown', tone: 'unknown' }
      : { name: 'Rows in all', value: signedCount(rows), ...(rows === 0 && { tone: 'quiet' }) };
  return <Counts groups={[figures, [all]]} testId="diff-counts" />;
}
