import type { BackupDiffView, BackupRow, ObjectDiffView, TableDiffView } from '../bindings';
import { TABLES } from './backups';

const LONG = 'a_very_long_table_name_that_an_orm_generated_from_a_join_of_two_other_names_and_a_suffix';

const table = (name: string, given: Partial<TableDiffView> = {}): TableDiffView => ({
  schema: 'public',
  name,
  change: 'equal',
  rowsFirst: 12_480,
  rowsSecond: 12_480,
  bytesFirst: 4_100_000,
  bytesSecond: 4_100_000,
  ...given,
});

const changed = (name: string, rowsFirst: number, rowsSecond: number, bytesEach = 210): TableDiffView =>
  table(name, {
    change: 'changed',
    rowsFirst,
    rowsSecond,
    bytesFirst: rowsFirst * bytesEach,
    bytesSecond: rowsSecond * bytesEach,
  });

const different: TableDiffView[] = [
  changed('events', 4_906_771, 4_918_204, 680),
  changed('order_items', 512_297, 512_904),
  changed('orders', 184_006, 184_212),
  changed('customers', 62_542, 61_338),
  table('products', { change: 'changed', bytesSecond: 4_100_412 }),
  table('vat_rates', {
    change: 'added',
    rowsFirst: null,
    bytesFirst: null,
    rowsSecond: 27,
    bytesSecond: 1_900,
  }),
  table('legacy_coupons', {
    change: 'removed',
    rowsFirst: 1_204,
    bytesFirst: 88_000,
    rowsSecond: null,
    bytesSecond: null,
  }),
];

const objects: ObjectDiffView[] = [
  { kind: 'foreign key', schema: 'public', name: 'orders orders_vat_rate_fkey', change: 'added' },
  { kind: 'index', schema: 'public', name: 'legacy_coupons_code_idx', change: 'removed' },
  { kind: 'role', schema: null, name: 'reporting', change: 'changed' },
  { kind: 'table', schema: 'public', name: 'legacy_coupons', change: 'removed' },
  { kind: 'table', schema: 'public', name: 'orders', change: 'changed' },
  { kind: 'table', schema: 'public', name: 'vat_rates', change: 'added' },
];

const same = (many: number): TableDiffView[] =>
  Array.from({ length: many }, (_, index) =>
    table(TABLES[index + 8] ?? `table_${index}`, { schema: index % 17 === 16 ? 'reporting' : 'public' }),
  );

/** Two backups as one scenario has them: the same, not counted, ten thousand tables, long names. */
export function diffOf(first: BackupRow, second: BackupRow, scenario: string): BackupDiffView {
  const sides = { first, second, uncounted: null, notCompared: [] };
  if (scenario === 'same') return { ...sides, verdict: 'same', tables: same(42), objects: [], facts: [] };
  if (scenario === 'uncounted') {
    const why = 'archive version 1.17 is not known';
    return {
      ...sides,
      first: { ...first, rows: null, tables: 0 },
      verdict: 'unknown',
      tables: same(42).map((one) => ({ ...one, change: 'unknown', rowsFirst: null, bytesFirst: null })),
      objects: [],
      facts: ['Server: 15.8, then 15.10.'],
      notCompared: [
        `Rows: the first was not counted: ${why}.`,
        'The structure: the dump’s table of contents cannot be read.',
      ],
      uncounted: why,
    };
  }
  const counted = {
    ...second,
    rows:
      (first.rows ?? 0) +
      different.reduce((sum, { rowsFirst, rowsSecond }) => sum + (rowsSecond ?? 0) - (rowsFirst ?? 0), 0),
  };
  const long =
    scenario === 'long'
      ? [
          changed(LONG, 1_204_118_220, 1_204_990_118, 980),
          table(LONG, { schema: LONG.slice(2), change: 'removed', rowsSecond: null, bytesSecond: null }),
        ]
      : [];
  return {
    ...sides,
    second: counted,
    verdict: 'differs',
    tables: [...long, ...different, ...same(scenario === 'tables' ? 10_000 - different.length : 35)],
    objects:
      scenario === 'long'
        ? [
            ...objects,
            { kind: 'index of a partition', schema: LONG, name: `${LONG}_pkey`, change: 'changed' },
          ]
        : objects,
    facts: [
      'Newest migration: 0411, then 0412.',
      'At another value: public.orders_id_seq, public.customers_id_seq and 4 more sequences.',
      'Server: 15.7, then 15.8.',
    ],
    notCompared: scenario === 'long' ? ['Roles: they are not in the first.'] : [],
  };
}
