import { Button, Modal } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RowsView, TableRange } from '../ipc/bindings';
import { call } from '../ipc/call';
import { CommandLine } from './CommandLine';
import { ErrorPanel } from './ErrorPanel';
import { count, counted } from './format';
import { Text } from './Layout';
import { LoadingLines } from './LoadingLines';
import css from './RowsDialog.module.css';

/** Where the rows are: in the vault, or in files that nobody has kept. */
export type RowsSource = { backup: string } | { paths: string[]; passphrase: string | null };
export type TableOfRows = { schema: string; name: string; rows: number | null };

/** Fits a screen of rows, and comes at once. */
const PAGE_ROWS = 100;

const ask = (source: RowsSource, table: TableRange) =>
  'backup' in source
    ? call('backup_rows', { backup: source.backup, table })
    : call('bundle_rows', { ...source, table });

/** Rows are what nobody wants to lie around, and a passphrase may stand in the request: neither is kept. */
const rowsQuery = (source: RowsSource, table: TableRange) =>
  queryOptions({
    queryKey: ['backup' in source ? 'backup_rows' : 'bundle_rows', source, table],
    queryFn: () => ask(source, table),
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
  });

function Value({ text }: { text: string | null }) {
  if (text === null)
    return (
      <Text as="i" tone="quiet">
        NULL
      </Text>
    );
  if (text === '')
    return (
      <Text as="i" tone="quiet">
        empty
      </Text>
    );
  return <span title={text.length > 40 ? text : undefined}>{text}</span>;
}

function Grid({ view, label }: { view: RowsView; label: string }) {
  const first = view.first;
  return (
    <div className={css.scroller} role="region" aria-label={label} tabIndex={0}>
      <table className={css.grid}>
        <thead>
          <tr>
            <th scope="col" className={css.number}>
              #
            </th>
            {view.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.rows.map((row, index) => (
            <tr key={first + index}>
              <th scope="row" className={css.number}>
                {count(first + index + 1)}
              </th>
              {row.map((text, at) => (
                <td key={view.columns[at] ?? at}>
                  <Value text={text} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function placeOf({ first, rows, hasMore }: RowsView, total: number | null): string {
  const from = first;
  if (rows.length === 0) return from === 0 ? 'This table has no rows.' : 'No further rows.';
  const span = `Rows ${count(from + 1)} to ${count(from + rows.length)}`;
  if (total !== null) return `${span} of ${count(total)}, in the order in which they were dumped`;
  return hasMore ? `${span}; there are more` : `${span}, the last ones`;
}

/** Rows of a table without restoring it: a page at a time, out of the vault or out of a file. */
export function RowsDialog({
  source,
  table,
  onClose,
}: {
  source: RowsSource;
  table: TableOfRows;
  onClose: () => void;
}) {
  const [first, setFirst] = useState(0);
  const {
    data: view,
    error,
    isFetching,
    refetch,
  } = useQuery(rowsQuery(source, { schema: table.schema, name: table.name, first, count: PAGE_ROWS }));
  const full = `${table.schema}.${table.name}`;
  return (
    <Modal
      opened
      onClose={onClose}
      title={<code>{full}</code>}
      size="min(90rem, 92vw)"
      data-testid="rows-dialog"
    >
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {!view && !error && <LoadingLines what={`the rows of ${full}`} />}
      {view && !error && (
        <>
          {view.rows.length > 0 && <Grid view={view} label={`Rows of ${full}`} />}
          <div className={css.foot}>
            <span aria-live="polite" data-testid="rows-place">
              {placeOf(view, table.rows)}
              {view.cut > 0 && `. ${counted(view.cut, 'value')} too long to show, and cut`}
            </span>
            <Button
              leftSection={<IconChevronLeft aria-hidden />}
              disabled={first === 0 || isFetching}
              onClick={() => setFirst(Math.max(0, first - PAGE_ROWS))}
              data-testid="rows-before"
            >
              Before
            </Button>
            <Button
              rightSection={<IconChevronRight aria-hidden />}
              disabled={!view.hasMore}
              loading={isFetching}
              onClick={() => setFirst(view.first + view.rows.length)}
              data-testid="rows-next"
            >
              Next
            </Button>
          </div>
          <CommandLine command={view.command} />
        </>
      )}
    </Modal>
  );
}
