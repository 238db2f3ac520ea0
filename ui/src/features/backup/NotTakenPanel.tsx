import type { NotTakenTableView, NotTakenView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted } from '../../shared/format';
import { Stack, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';

const COLUMNS: readonly Column<NotTakenTableView>[] = [
  {
    id: 'table',
    title: 'Table',
    width: 'minmax(10rem, 1fr)',
    render: (table) => (
      <code title={`${table.schema}.${table.name}`}>
        <Text as="span" tone="quiet">
          {table.schema}.
        </Text>
        {table.name}
      </code>
    ),
  },
  {
    id: 'what',
    title: 'What is here of it',
    width: '11rem',
    render: (table) => (table.isAbsent ? 'nothing' : 'its structure'),
  },
  {
    id: 'rows',
    title: 'Rows then, about',
    width: '9rem',
    align: 'end',
    isSecondary: true,
    render: (table) => (table.rowsEstimated === null ? '–' : count(table.rowsEstimated)),
  },
  {
    id: 'size',
    title: 'Size then',
    width: '7rem',
    align: 'end',
    isSecondary: true,
    render: (table) => (table.isAbsent ? '–' : bytes(table.sizeBytes)),
  },
];

/** What of the database is not in a backup by choice, and what a restore leaves out for that. */
export function NotTakenPanel({ notTaken }: { notTaken: NotTakenView }) {
  const { tables, schemas, cut } = notTaken;
  return (
    <Section title="Not in it, by choice">
      <Stack gap={3} data-testid="not-taken">
        {tables.length > 0 && (
          <DataList
            label="Tables whose rows are not in this backup"
            columns={COLUMNS}
            rows={tables}
            keyOf={(table) => `${table.schema}.${table.name}`}
            rowRem={2.25}
          />
        )}
        {schemas.length > 0 && (
          <Text size="sm" tone="soft" breaks>
            {`No table, view or sequence of ${counted(schemas.length, 'schema')} that the role may not use: ${schemas.join(', ')}.`}
          </Text>
        )}
        {cut.length > 0 && (
          <Text size="sm" tone="soft" breaks>
            A restore leaves out what needs them: {cut.join('; ')}.
          </Text>
        )}
      </Stack>
    </Section>
  );
}
