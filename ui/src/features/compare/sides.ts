import type {
  BackupDiffView,
  BackupRow,
  ObjectChangeView,
  ObjectDiffView,
  TableChangeView,
  TableDiffView,
} from '../../ipc/bindings';

/** A table with its figures on the left and on the right. */
export interface SidedTable {
  schema: string;
  name: string;
  change: TableChangeView;
  rows: [number | null, number | null];
  bytes: [number | null, number | null];
}

/** A comparison as it is looked at: the left side is what was, the right one what became of it. */
export interface SidedDiff {
  left: BackupRow;
  right: BackupRow;
  verdict: BackupDiffView['verdict'];
  tables: SidedTable[];
  objects: ObjectDiffView[];
  facts: string[];
  notCompared: string[];
  /** Whether the later backup stands at the left. */
  isBackwards: boolean;
}

const TURNED: Record<TableChangeView, TableChangeView> = {
  added: 'removed',
  removed: 'added',
  changed: 'changed',
  equal: 'equal',
  unknown: 'unknown',
};
const TURNED_OBJECT: Record<ObjectChangeView, ObjectChangeView> = {
  added: 'removed',
  removed: 'added',
  changed: 'changed',
};

const sided = (
  { schema, name, change, rowsFirst, rowsSecond, bytesFirst, bytesSecond }: TableDiffView,
  isBackwards: boolean,
): SidedTable => ({
  schema,
  name,
  change: isBackwards ? TURNED[change] : change,
  rows: isBackwards ? [rowsSecond, rowsFirst] : [rowsFirst, rowsSecond],
  bytes: isBackwards ? [bytesSecond, bytesFirst] : [bytesFirst, bytesSecond],
});

/** The answer, which has the earlier backup first, with `left` at the left. */
export function sidesOf(diff: BackupDiffView, left: string): SidedDiff {
  const { first, second, verdict, tables, objects, facts, notCompared } = diff;
  const isBackwards = second.id === left && first.id !== left;
  return {
    left: isBackwards ? second : first,
    right: isBackwards ? first : second,
    verdict,
    tables: tables.map((table) => sided(table, isBackwards)),
    objects: isBackwards
      ? objects.map((object) => ({ ...object, change: TURNED_OBJECT[object.change] }))
      : objects,
    facts,
    notCompared,
    isBackwards,
  };
}

export const tableKey = ({ schema, name }: Pick<SidedTable, 'schema' | 'name'>): string =>
  `${schema}.${name}`;

/** What became of a figure; absent where a side was not counted. A side without the table counts as zero. */
export function differenceOf(
  { change }: Pick<SidedTable, 'change'>,
  [left, right]: [number | null, number | null],
): number | null {
  if (change === 'unknown') return null;
  return (right ?? 0) - (left ?? 0);
}

export const isDifferent = ({ change }: Pick<SidedTable, 'change'>): boolean => change !== 'equal';

/** What differs most stands first: by rows, then by bytes; the rest stays in the order of the answer, which is by name. */
export function byDifference(one: SidedTable, other: SidedTable): number {
  const weight = (table: SidedTable) => (isDifferent(table) ? 1 : 0);
  const rows = (table: SidedTable) => Math.abs(differenceOf(table, table.rows) ?? 0);
  const size = (table: SidedTable) => Math.abs(differenceOf(table, table.bytes) ?? 0);
  return weight(other) - weight(one) || rows(other) - rows(one) || size(other) - size(one);
}
