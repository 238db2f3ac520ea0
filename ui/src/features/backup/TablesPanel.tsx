import { useMemo, useState } from 'react';

import type { TableView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted } from '../../shared/format';
import { Text } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { Section } from '../../shared/PageHeader';
import { RowsDialog } from '../../shared/RowsDialog';
import classes from './TablesPanel.module.css';

const columnsOf = (onRows: (table: TableView) => void): readonly Column<TableView>[] => [
  {
    id: 'table',
    title: 'Table',
    width: 'minmax(10rem, 1fr)',
    render: (table) => (
      <button
        type="button"
        className={list.open}
        title={`Show the rows of ${table.schema}.${table.name}`}
        onClick={() => onRows(table)}
        data-testid={`rows-of-${table.schema}.${table.name}`}
      >
        <code>
          <Text as="span" tone="quiet">
            {table.schema}.
          </Text>
          {table.name}
        </code>
      </button>
    ),
  },
  { id: 'rows', title: 'Rows', width: '8rem', align: 'end', render: (table) => count(table.rows) },
  {
    id: 'size',
    title: 'Size in the dump',
    width: '8rem',
    align: 'end',
    render: (table) => bytes(table.sizeBytes),
  },
  {
    id: 'fingerprint',
    title: 'Fingerprint',
    width: '11rem',
    isSecondary: true,
    render: (table) => (
      <Text as="code" tone="quiet" title={table.fingerprint}>
        {table.fingerprint.slice(0, 20)}
      </Text>
    ),
  },
];

const keyOf = (table: TableView) => `${table.schema}.${table.name}`;

/** The tables of a backup, largest first, with what a restore is compared against; each opens to its rows. */
export function TablesPanel({ tables, backup }: { tables: readonly TableView[]; backup: string }) {
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<TableView | null>(null);
  const columns = useMemo(() => columnsOf(setOpened), []);
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(
    () => tables.filter((table) => keyOf(table).toLowerCase().includes(wanted)),
    [tables, wanted],
  );

  return (
    <Section
      title={
        <>
          Tables{' '}
          <span className={list.count}>
            {wanted ? `${count(shown.length)} of ${count(tables.length)}` : counted(tables.length, 'table')}
          </span>
        </>
      }
      aside={
        <input
          className={classes.filter}
          type="search"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder="Filter tables"
          aria-label="Filter tables by name"
        />
      }
    >
      <DataList
        label="Tables, largest first"
        columns={columns}
        rows={shown}
        keyOf={keyOf}
        rowRem={2.25}
        foot={shown.length === 0 ? 'No table has that in its name.' : undefined}
      />
      {opened !== null && <RowsDialog source={{ backup }} table={opened} onClose={() => setOpened(null)} />}
    </Section>
  );
}
