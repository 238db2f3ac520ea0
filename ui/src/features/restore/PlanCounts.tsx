import type { RestorePlanView } from '../../ipc/bindings';
import { Counts, type Figure } from '../../shared/Counts';
import { bytes, count } from '../../shared/format';
import { countOf, isNew, isRough, keptOf, madeIn, setBackOf } from './planWords';

function figuresOf(plan: RestorePlanView): Figure[][] {
  const tables = (act: string, name: string): Figure => {
    const many = countOf(plan, act);
    return {
      name,
      value: count(many),
      unit: many === 1 ? 'table' : 'tables',
      ...((act === 'delete' || act === 'empty') && many > 0 && { tone: 'bad' }),
    };
  };
  const rows = (name: string, value: number | null, isBad = false): Figure => ({
    name,
    value: `${isRough(plan) ? '~' : ''}${count(value)}`,
    unit: value === 1 ? 'row' : 'rows',
    ...(isBad && { tone: 'bad' }),
  });
  if (plan.strategy === 'drop' || plan.strategy === 'swap_back') return [];
  if (isNew(plan) || plan.mode === 'beside') {
    const [value = '', unit = ''] = bytes(plan.sizeBytes).split(' ');
    return [
      [
        tables('create', 'Create'),
        { name: 'With', value: count(plan.rows), unit: 'rows' },
        { name: 'From', value, unit: `${unit} of dump` },
      ],
      [{ name: 'Replace or delete', value: '0', unit: 'tables' }],
    ];
  }
  const back = rows('Brought back', plan.rowsBack);
  const made = madeIn(plan) > 0 ? [tables('create', 'Create')] : [];
  if (plan.mode === 'missing_rows')
    return [
      [...made, tables('add', 'Add to')],
      [back, { ...rows('Lost', 0), value: '0' }],
    ];
  if (plan.mode === 'merge')
    return [
      [...made, tables('merge', 'Take back in')],
      [back, rows('Set back', setBackOf(plan)), rows('Stay as changed since', keptOf(plan))],
    ];
  const lost = rows('Lost', plan.rowsLost, plan.rowsLost > 0);
  if (plan.strategy === 'tables')
    return [
      [...made, tables('replace', 'Replace')],
      [back, lost],
    ];
  return [
    [
      tables('replace', 'Replace'),
      tables('create', 'Create'),
      tables('delete', 'Delete'),
      ...(countOf(plan, 'empty') > 0 ? [tables('empty', 'Empty')] : []),
      tables('keep', 'Keep'),
    ],
    [back, lost],
  ];
}

/** The counts of a plan: tables by what happens to them, rows that come back and rows that go. */
export function PlanCounts({ plan }: { plan: RestorePlanView }) {
  const groups = figuresOf(plan);
  return groups.length === 0 ? null : <Counts groups={groups} />;
}
