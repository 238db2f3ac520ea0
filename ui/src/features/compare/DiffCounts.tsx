import { count } from '../../shared/format';
import classes from './DiffCounts.module.css';
import type { SidedDiff } from './sides';
import { countOf, rowsDifference, signedCount } from './words';

interface Figure {
  name: string;
  value: string;
  unit: string;
  isQuiet?: boolean;
}

/** How many tables changed, came and went, and what became of the rows. */
export function DiffCounts({ diff }: { diff: SidedDiff }) {
  const { tables } = diff;
  const of = (name: string, many: number): Figure => ({ name, value: count(many), unit: many === 1 ? 'table' : 'tables', isQuiet: many === 0 });
  const unknown = countOf(tables, 'unknown');
  const rows = rowsDifference(tables);
  const figures = [
    of('Changed', countOf(tables, 'changed')),
    of('Added', countOf(tables, 'added')),
    of('Removed', countOf(tables, 'removed')),
    of('The same', countOf(tables, 'equal')),
    ...(unknown > 0 ? [of('Unknown', unknown)] : []),
  ];
  return (
    <dl className={classes.counts} data-testid="diff-counts">
      {figures.map(({ name, value, unit, isQuiet }) => (
        <div key={name} className={isQuiet ? classes.quiet : undefined}>
          <dt>{name}</dt>
          <dd>
            {value}
            <span>{unit}</span>
          </dd>
        </div>
      ))}
      <div className={classes.gap} />
      <div className={rows === 0 ? classes.quiet : undefined}>
        <dt>Rows in all</dt>
        <dd>{rows === null ? <span className={classes.unknown}>unknown</span> : signedCount(rows)}</dd>
      </div>
    </dl>
  );
}
