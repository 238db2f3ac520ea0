import { Button } from '@mantine/core';
import { IconDatabaseSearch, IconNotes } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';

import type { BackupRow, ChangesSinceView } from '../../ipc/bindings';
import { call, type CommandError } from '../../ipc/call';
import { commandQuery, useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, sentence } from '../../shared/format';
import { Row } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { Figure, PlainTable } from '../../shared/PlainTable';

/** What its own database says of this backup's time since, and the place where it keeps what was proven; only where it is known to keep such. */
export function ChangesSince({ row }: { row: BackupRow }) {
  const known = useQuery(commandQuery('noted_state', { project: row.projectId })).data?.isKnown ?? false;
  const changes = useMutation<ChangesSinceView, CommandError>({
    mutationFn: () => call('noted_changes', { backup: row.id }),
  });
  const record = useCommand('noted_record');
  if (!known) return null;
  return (
    <Section title="In its own database">
      <Row as="p" gap={2} align="stretch" wraps bottom={2}>
        <Button
          leftSection={<IconDatabaseSearch aria-hidden />}
          loading={changes.isPending}
          onClick={() => changes.mutate()}
          data-testid="ask-changes"
        >
          Ask what changed since
        </Button>
        <Button
          leftSection={<IconNotes aria-hidden />}
          loading={record.isPending}
          onClick={() => record.mutate({ backup: row.id })}
          data-testid="record-proofs"
        >
          Note there what was proven
        </Button>
      </Row>
      {changes.error && <ErrorPanel error={changes.error} title="It does not say what changed." />}
      {changes.data && (
        <>
          <p data-testid="changes-since">{sentence(changes.data.words)}</p>
          {changes.data.tables.length > 0 && (
            <PlainTable
              titles={[
                'Table',
                { title: 'Came', isFigure: true },
                { title: 'Changed', isFigure: true },
                { title: 'Went', isFigure: true },
                'Last',
              ]}
            >
              {changes.data.tables.map((one) => (
                <tr key={one.table}>
                  <td>
                    <code>{one.table}</code>
                  </td>
                  <Figure>{count(one.inserted)}</Figure>
                  <Figure>{count(one.updated)}</Figure>
                  <Figure>{count(one.deleted)}</Figure>
                  <td>
                    <Moment ms={one.lastAtMs} />
                  </td>
                </tr>
              ))}
            </PlainTable>
          )}
        </>
      )}
      {record.error && <ErrorPanel error={record.error} title="Nothing was written there." />}
      {record.data && <p>{count(record.data.length)} rows are in its backup_verification.</p>}
    </Section>
  );
}
