import { Fragment } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { bytes, count } from '../../shared/format';
import classes from './PlanCounts.module.css';
import { countOf, isNew, isRough } from './planWords';

interface Figure {
  name: string;
  value: string;
  unit: string;
  isBad?: boolean;
}

function figuresOf(plan: RestorePlanView): Figure[][] {
  const tables = (act: string, name: string): Figure => {
    const many = countOf(plan, act);
    return { name, value: count(many), unit: many === 1 ? 'table' : 'tables', isBad: act === 'delete' && many > 0 };
  };
  const rows = (name: string, value: number | null, isBad = false): Figure => ({ name, value: `${isRough(plan) ? '~' : ''}${count(value)}`, unit: value === 1 ? 'row' : 'rows', isBad });
  if (plan.strategy === 'drop' || plan.strategy === 'swap_back') return [];
  if (isNew(plan) || plan.mode === 'beside') {
    const [value = '', unit = ''] = bytes(plan.sizeBytes).split(' ');
    return [
      [tables('create', 'Create'), { name: 'With', value: count(plan.rows), unit: 'rows' }, { name: 'From', value, unit: `${unit} of dump` }],
      [{ name: 'Replace or delete', value: '0', unit: 'tables' }],
    ];
  }
  const back = rows('Brought back', plan.rowsBack);
  if (plan.mode === 'missing_rows') return [[tables('add', 'Add to')], [back, { ...rows('Lost', 0), value: '0' }]];
  const lost = rows('Lost', plan.rowsLost, (plan.rowsLost ?? 0) > 0);
  if (plan.strategy === 'tables') return [[tables('replace', 'Replace')], [back, lost]];
  return [[tables('replace', 'Replace'), tables('create', 'Create'), tables('delete', 'Delete'), tables('keep', 'Keep')], [back, lost]];
}

/** The counts of a plan: tables by what happens to them, rows that come back and rows that go. */
export function PlanCounts({ plan }: { plan: RestorePlanView }) {
  const groups = figuresOf(plan);
  if (groups.length === 0) return null;
  return (
    <dl className={classes.counts}>
      {groups.map((group, index) => (
        <Fragment key={group[0]?.name}>
          {index > 0 && <div className={classes.gap} />}
          {group.map((figure) => (
            <div key={figure.name} className={figure.isBad ? classes.bad : undefined}>
              <dt>{figure.name}</dt>
              <dd>
                {figure.value}
                <span>{figure.unit}</span>
              </dd>
            </div>
          ))}
        </Fragment>
      ))}
    </dl>
  );
}
