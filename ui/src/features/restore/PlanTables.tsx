import {
  IconArrowBackUp,
  IconArrowDown,
  IconEraser,
  IconLock,
  IconPlus,
  IconReplace,
  IconRowInsertBottom,
  IconTrash,
  type Icon,
} from '@tabler/icons-react';
import { useMemo, useState } from 'react';

import type { PlannedTable, RestorePlanView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted, moment } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { Segmented } from '../../shared/Segmented';
import { tableName } from './draft';
import { byLoss, isChanged, isNew } from './planWords';
import classes from './PlanTables.module.css';
import step from './Step.module.css';

/** More rows than this would push the rest of the preview out of sight. */
const LONG_ROWS = 14;

type Shown = 'changed' | 'same' | 'all';

const ACTS: Record<string, { word: string; icon: Icon }> = {
  create: { word: 'Create', icon: IconPlus },
  replace: { word: 'Replace', icon: IconReplace },
  add: { word: 'Add rows', icon: IconRowInsertBottom },
  merge: { word: 'Take back', icon: IconArrowBackUp },
  keep: { word: 'Keep', icon: IconLock },
  delete: { word: 'Delete', icon: IconTrash },
  empty: { word: 'Empty', icon: IconEraser },
};

const NONE = <span className={classes.none}>–</span>;

function Act({ table }: { table: PlannedTable }) {
  const act = ACTS[table.act];
  const ActIcon = act?.icon;
  return (
    <span
      className={
        table.act === 'delete' || table.act === 'empty' ? `${classes.act} ${classes.deletes}` : classes.act
      }
    >
      {ActIcon && <ActIcon size={14} stroke={1.75} aria-hidden />}
      {act?.word ?? table.act}
    </span>
  );
}

/** Rows that go, and edits that are undone: `−31`, `14 edits`. */
function Lost({ table }: { table: PlannedTable }) {
  const { rowsLost, rowsChanged } = table;
  const edits = table.act === 'replace' && (rowsChanged ?? 0) > 0 ? counted(rowsChanged, 'edit') : '';
  const rows = (rowsLost ?? 0) > 0 ? `−${count(rowsLost)}` : '';
  return rows || edits ? (
    <Text as="span" tone="danger" weight="medium">
      {[rows, edits].filter(Boolean).join(', ')}
    </Text>
  ) : (
    NONE
  );
}

const TABLE: Column<PlannedTable> = {
  id: 'table',
  title: 'Table',
  width: 'minmax(6.5rem, 1fr)',
  render: (table) => (
    <code title={tableName(table)}>
      <span className={table.schema === 'public' ? classes.usual : step.schema}>{table.schema}.</span>
      {table.name}
    </code>
  ),
};
const NOW: Column<PlannedTable> = {
  id: 'now',
  title: 'Rows now',
  width: 'minmax(5.5rem, 7rem)',
  align: 'end',
  render: (table) =>
    table.rowsNow === null ? (
      <span className={classes.none}>not there</span>
    ) : (
      <span
        title={table.isEstimate ? 'about, by the estimate of the server' : undefined}
      >{`${table.isEstimate ? '~' : ''}${count(table.rowsNow)}`}</span>
    ),
};
const BACKUP: Column<PlannedTable> = {
  id: 'backup',
  title: 'Rows in the backup',
  width: 'minmax(7.25rem, 7.5rem)',
  align: 'end',
  render: (table) =>
    table.rows === null ? (
      <Text as="span" tone="quiet">
        not there
      </Text>
    ) : (
      count(table.rows)
    ),
};
const BACK: Column<PlannedTable> = {
  id: 'back',
  title: 'Come back',
  width: 'minmax(4.25rem, 6rem)',
  align: 'end',
  render: (table) =>
    (table.rowsBack ?? 0) > 0 ? <span className={classes.back}>+{count(table.rowsBack)}</span> : NONE,
};
const LOST: Column<PlannedTable> = {
  id: 'lost',
  title: 'Would be lost',
  heading: (
    <Row as="span" inline gap={1} tone="plain">
      <IconArrowDown size={14} stroke={1.75} aria-hidden />
      Would be lost
    </Row>
  ),
  width: 'minmax(6.25rem, 7.5rem)',
  align: 'end',
  render: (table) => <Lost table={table} />,
};
const UNKNOWN = <span className={classes.none}>unknown</span>;
const BACK_OR_UNKNOWN: Column<PlannedTable> = {
  ...BACK,
  render: (table) => (table.rowsBack === null ? UNKNOWN : BACK.render(table)),
};
const SET_BACK: Column<PlannedTable> = {
  id: 'set-back',
  title: 'Set back',
  width: 'minmax(4.25rem, 6rem)',
  align: 'end',
  render: (table) =>
    table.rowsChanged === null ? (
      UNKNOWN
    ) : table.rowsChanged > 0 ? (
      <span className={classes.back}>{count(table.rowsChanged)}</span>
    ) : (
      NONE
    ),
};
const STAYS: Column<PlannedTable> = {
  id: 'stays',
  title: 'Changed since',
  width: 'minmax(6.25rem, 7.5rem)',
  align: 'end',
  render: (table) =>
    table.rowsChanged === null
      ? UNKNOWN
      : (table.rowsKept ?? 0) > 0
        ? `${count(table.rowsKept ?? 0)} stay`
        : NONE,
};
const ACT: Column<PlannedTable> = {
  id: 'act',
  title: 'What happens',
  width: 'minmax(5.5rem, 7rem)',
  render: (table) => <Act table={table} />,
};
const SIZE: Column<PlannedTable> = {
  id: 'size',
  title: 'Size in the dump',
  width: '8rem',
  align: 'end',
  isSecondary: true,
  render: (table) => bytes(table.sizeBytes),
};

/** What each kind of plan has to say of a table. */
function columnsOf(plan: RestorePlanView): readonly Column<PlannedTable>[] {
  if (isNew(plan) || plan.mode === 'beside') return [TABLE, BACKUP, SIZE, ACT];
  if (plan.strategy === 'swap_back')
    return [
      TABLE,
      NOW,
      { ...BACKUP, title: 'Rows when restored' },
      { ...LOST, title: 'Written since', heading: undefined },
    ];
  if (plan.mode === 'merge')
    return [
      TABLE,
      NOW,
      { ...BACKUP, isSecondary: true },
      BACK_OR_UNKNOWN,
      SET_BACK,
      STAYS,
      { ...ACT, isSecondary: true },
    ];
  if (plan.mode === 'missing_rows') return [TABLE, NOW, BACKUP, BACK, ACT];
  return [TABLE, NOW, BACKUP, BACK, LOST, ACT];
}

/** The difference per table, most loss first. */
export function PlanTables({ plan }: { plan: RestorePlanView }) {
  const columns = useMemo(() => columnsOf(plan), [plan]);
  const sorted = useMemo(() => plan.tables.toSorted(byLoss), [plan.tables]);
  const changed = useMemo(() => sorted.filter(isChanged), [sorted]);
  const hasDifference = !isNew(plan) && plan.mode !== 'beside';
  const [shown, setShown] = useState<Shown>('changed');
  if (plan.tables.length === 0) return null;
  const isSifted = hasDifference && changed.length > 0 && changed.length < sorted.length;
  const rows =
    !isSifted || shown === 'all'
      ? sorted
      : shown === 'changed'
        ? changed
        : sorted.filter((table) => !isChanged(table));

  const isLong = rows.length > LONG_ROWS;

  return (
    <section>
      <Row gap={[2, 4]} justify="between" wraps top={6} bottom={2.5}>
        <h2>{hasDifference ? 'Difference per table' : 'Tables'}</h2>
        {isSifted && (
          <Segmented
            label="Tables to show"
            value={shown}
            onChange={setShown}
            options={[
              { value: 'changed', label: `Changed ${count(changed.length)}` },
              { value: 'same', label: `Unchanged ${count(sorted.length - changed.length)}` },
              { value: 'all', label: `All ${count(sorted.length)}` },
            ]}
          />
        )}
      </Row>
      {/* A long list scrolls in a box of its own, so that what stands below it stays in reach. */}
      <div
        className={isLong ? list.box : undefined}
        {...(isLong ? { tabIndex: 0, role: 'region', 'aria-label': 'Tables of the plan' } : {})}
      >
        <DataList
          label={hasDifference ? 'Difference per table, most loss first' : 'Tables, largest first'}
          columns={columns}
          rows={rows}
          keyOf={tableName}
          rowRem={2.25}
        />
      </div>
      {hasDifference && (
        <Text top={3} max={44} tone="quiet" size="xs">
          Looked at on both sides {moment(plan.madeAtMs)}.
          {plan.isEstimate &&
            (plan.mode === 'merge'
              ? ' Where a table could not be compared row by row, what comes back there is known only after the restore.'
              : ' Where a table is too large, or has no key, its figures go by counts: as many rows may have gone as have come.')}
        </Text>
      )}
    </section>
  );
}
