import { IconEqual, IconHelp, IconMinus, IconPencil, IconPlus, type Icon } from '@tabler/icons-react';
import { useMemo, useState } from 'react';

import type { TableChangeView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { Segmented } from '../../shared/Segmented';
import classes from './DiffTables.module.css';
import { byDifference, differenceOf, isDifferent, tableKey, type SidedTable } from './sides';
import { CHANGE_WORDS, CONTENT_WORDS, signedBytes, signedCount } from './words';

type Shown = 'different' | 'same' | 'all';

const ICONS: Record<TableChangeView, Icon> = {
  added: IconPlus,
  removed: IconMinus,
  changed: IconPencil,
  equal: IconEqual,
  unknown: IconHelp,
};

function Change({ change }: { change: TableChangeView }) {
  const ChangeIcon = ICONS[change];
  return (
    <span className={classes.change} data-change={change}>
      <ChangeIcon size={14} stroke={1.75} aria-hidden />
      {CHANGE_WORDS[change]}
    </span>
  );
}

/** Rows above, bytes below; of a table that is not there nothing but that. */
function Side({ table, side }: { table: SidedTable; side: 0 | 1 }) {
  const rows = table.rows[side];
  if (rows === null)
    return <span className={classes.absent}>{table.change === 'unknown' ? 'not counted' : 'not there'}</span>;
  return (
    <>
      {count(rows)}
      <Text as="span" block tone="quiet" size="xs">
        {bytes(table.bytes[side])}
      </Text>
    </>
  );
}

function Difference({ table }: { table: SidedTable }) {
  const rows = differenceOf(table, table.rows);
  const size = differenceOf(table, table.bytes);
  if (rows === null || size === null) return <span className={classes.unknown}>unknown</span>;
  return (
    <>
      <span className={rows === 0 ? classes.none : classes.strong}>{signedCount(rows)}</span>
      <Text as="span" block tone="quiet" size="xs">
        {signedBytes(size)}
      </Text>
    </>
  );
}

const COLUMNS: readonly Column<SidedTable>[] = [
  {
    id: 'table',
    title: 'Table',
    width: 'minmax(8rem, 1fr)',
    render: (table) => (
      <code title={tableKey(table)}>
        <span className={classes.schema}>{table.schema}.</span>
        {table.name}
      </code>
    ),
  },
  { id: 'change', title: 'What', width: '6rem', render: (table) => <Change change={table.change} /> },
  {
    id: 'left',
    title: 'Left',
    width: '7.5rem',
    align: 'end',
    render: (table) => <Side table={table} side={0} />,
  },
  {
    id: 'right',
    title: 'Right',
    width: '7.5rem',
    align: 'end',
    render: (table) => <Side table={table} side={1} />,
  },
  {
    id: 'difference',
    title: 'Difference',
    width: '7rem',
    align: 'end',
    render: (table) => <Difference table={table} />,
  },
  {
    id: 'content',
    title: 'Fingerprints',
    width: '7.5rem',
    render: (table) => (
      <span className={classes.content} data-change={table.change}>
        {CONTENT_WORDS[table.change]}
      </span>
    ),
  },
];

/** Every table of both, the largest difference first. */
export function DiffTables({ tables }: { tables: readonly SidedTable[] }) {
  const [text, setText] = useState('');
  const [shown, setShown] = useState<Shown>('different');
  const sorted = useMemo(() => tables.toSorted(byDifference), [tables]);
  const different = useMemo(() => sorted.filter(isDifferent), [sorted]);
  const isSifted = different.length > 0 && different.length < sorted.length;
  const kind = isSifted ? shown : 'all';
  const wanted = text.trim().toLowerCase();
  const rows = useMemo(() => {
    const ofKind =
      kind === 'all'
        ? sorted
        : kind === 'different'
          ? different
          : sorted.filter((table) => !isDifferent(table));
    return wanted === '' ? ofKind : ofKind.filter((table) => tableKey(table).toLowerCase().includes(wanted));
  }, [kind, sorted, different, wanted]);
  if (tables.length === 0) return null;

  return (
    <Section
      title="Tables"
      aside={
        <Row as="span" gap={2} justify="end" wraps>
          <input
            className={classes.filter}
            type="search"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            placeholder="Filter tables"
            aria-label="Filter tables by name"
          />
          {isSifted && (
            <Segmented
              label="Tables to show"
              value={shown}
              onChange={setShown}
              options={[
                { value: 'different', label: `Different ${count(different.length)}` },
                { value: 'same', label: `The same ${count(sorted.length - different.length)}` },
                { value: 'all', label: `All ${count(sorted.length)}` },
              ]}
            />
          )}
        </Row>
      }
    >
      <DataList
        label="Tables, the largest difference first"
        columns={COLUMNS}
        rows={rows}
        keyOf={tableKey}
        rowRem={3.125}
        foot={rows.length === 0 ? 'No table here has that in its name.' : undefined}
      />
      <Text top={3} max={44} tone="quiet" size="xs">
        Rows above, bytes in the dump below. Equal fingerprints say that no row differs, whatever the order of
        the rows.
      </Text>
    </Section>
  );
}
