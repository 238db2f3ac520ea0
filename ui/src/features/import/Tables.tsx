import { useMemo, useState } from 'react';
import type { BundlePartView, BundleTableView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { Section } from '../../shared/PageHeader';
import { RowsDialog, type RowsSource } from '../../shared/RowsDialog';
import { StateIcon } from '../../shared/StateIcon';
import { TextButton } from '../../shared/TextButton';
import { checksumOf, componentName } from './words';

/** So many are shown before somebody asks for all. */
const SHOWN_FIRST = 5;

const columnsOf = (onRows: (table: BundleTableView) => void): readonly Column<BundleTableView>[] => [
  {
    id: 'table',
    title: 'Table',
    width: 'minmax(9rem, 1fr)',
    render: (table) => (
      <button
        type="button"
        className={list.open}
        title={`Show the rows of ${tableKey(table)}`}
        onClick={() => onRows(table)}
        data-testid={`rows-of-${tableKey(table)}`}
      >
        <code>{tableKey(table)}</code>
      </button>
    ),
  },
  {
    id: 'rows',
    title: 'Rows',
    width: '7.5rem',
    align: 'end',
    render: (table) =>
      table.rows === null ? (
        <span title="They could not be counted without running the file">not counted</span>
      ) : (
        count(table.rows)
      ),
  },
  {
    id: 'size',
    title: 'Size',
    width: '6rem',
    align: 'end',
    render: (table) => (
      <Text as="span" tone="quiet">
        {bytes(table.sizeBytes)}
      </Text>
    ),
  },
];
const tableKey = (table: BundleTableView) => `${table.schema}.${table.name}`;

type TablesProps = { tables: readonly BundleTableView[]; source: RowsSource };

/** The largest tables, or all of them; each opens to its rows, without keeping or running anything. */
export function LargestTables({ tables, source }: TablesProps) {
  const [isAll, setAll] = useState(false);
  const [opened, setOpened] = useState<BundleTableView | null>(null);
  const columns = useMemo(() => columnsOf(setOpened), []);
  const shown = useMemo(() => (isAll ? tables : tables.slice(0, SHOWN_FIRST)), [tables, isAll]);
  if (tables.length === 0) return null;
  return (
    <Section
      title={isAll ? 'Tables' : 'Largest tables'}
      aside={
        tables.length > SHOWN_FIRST && (
          <TextButton size="sm" onClick={() => setAll((now) => !now)} data-testid="all-tables">
            {isAll ? 'Only the largest' : `All ${count(tables.length)}`}
          </TextButton>
        )
      }
    >
      <DataList
        label="Tables in the file, largest first"
        columns={columns}
        rows={shown}
        keyOf={tableKey}
        rowRem={2.125}
      />
      {opened !== null && <RowsDialog source={source} table={opened} onClose={() => setOpened(null)} />}
    </Section>
  );
}

const PARTS: readonly Column<BundlePartView>[] = [
  { id: 'part', title: 'Part', width: '7.5rem', render: (part) => componentName(part.component) },
  {
    id: 'path',
    title: 'In the file',
    width: 'minmax(8rem, 1fr)',
    render: (part) => (
      <code title={part.sha256 === null ? part.path : `${part.path}, SHA-256 ${part.sha256}`}>
        {part.path}
      </code>
    ),
  },
  {
    id: 'checksum',
    title: 'Checksum',
    width: '9.5rem',
    render: (part) => {
      const { state, words } = checksumOf(part);
      return (
        <Row as="span" inline gap={1.5}>
          <StateIcon state={state} size={14} />
          {words}
        </Row>
      );
    },
  },
  {
    id: 'size',
    title: 'Size',
    width: '5rem',
    align: 'end',
    render: (part) => (
      <Text as="span" tone="quiet">
        {bytes(part.sizeBytes)}
      </Text>
    ),
  },
];
const partKey = (part: BundlePartView) => part.path;

/** The parts of the file, and how their checksums stand. */
export function Parts({ parts }: { parts: readonly BundlePartView[] }) {
  if (parts.length === 0) return null;
  return (
    <Section title="Parts">
      <DataList label="Parts of the file" columns={PARTS} rows={parts} keyOf={partKey} rowRem={2.125} />
    </Section>
  );
}
