import type { NotTakenView, TableChoiceView, TableToChooseView } from '../bindings';
import type { Handlers } from './index';

const table = (schema: string, name: string, rows: number, more: Partial<TableToChooseView> = {}) => ({
  schema,
  name,
  rowsEstimated: rows,
  sizeBytes: rows * 180,
  isTaken: true,
  isReadable: true,
  partitionOf: [],
  ...more,
});

const TABLES: readonly TableToChooseView[] = [
  table('audit', 'log', 48_210_000),
  table('audit', 'sessions', 3_140_000),
  table('public', 'customers', 48_210),
  table('public', 'events_2025', 9_200_000, { partitionOf: ['public.events'] }),
  table('public', 'events_2026', 7_100_000, { partitionOf: ['public.events'] }),
  table('public', 'orders', 1_204_118),
  table('public', 'order_items', 4_912_004),
  table('vault', 'secrets', 12, { isReadable: false }),
];

const MANY: readonly TableToChooseView[] = Array.from({ length: 10_000 }, (_, at) =>
  table(`tenant_${String(Math.floor(at / 40)).padStart(3, '0')}`, `table_${at % 40}`, at * 17),
);

export const notTaken: NotTakenView = {
  choice: { only: [], withoutRows: ['audit.*'] },
  tables: TABLES.slice(0, 2).map(({ schema, name, rowsEstimated, sizeBytes }) => ({
    schema,
    name,
    rowsEstimated,
    sizeBytes,
    isAbsent: false,
  })),
  schemas: [],
  cut: ['foreign key order_notes_entry_fkey on public.order_notes'],
};

type Commands = Pick<Handlers, 'project_table_choice' | 'project_tables' | 'project_tables_choose'>;

/** Which rows of its database the backups of a project take. */
export function tablesOf(scenario: string): Commands {
  let choice: TableChoiceView = { only: [], withoutRows: scenario === 'whole' ? ['audit.*'] : [] };
  return {
    project_table_choice: () => choice,
    project_tables: () => ({
      choice,
      tables: (scenario === 'tables' ? MANY : TABLES).map((one) => ({
        ...one,
        isTaken: !choice.withoutRows.includes(`${one.schema}.*`),
      })),
      unmatched: [],
    }),
    project_tables_choose: ({ choice: wanted }) => (choice = wanted),
  };
}
