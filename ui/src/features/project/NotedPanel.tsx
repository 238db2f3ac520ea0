import { Button, Checkbox, TextInput } from '@mantine/core';
import { IconNotes, IconTestPipe } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { ProjectRow } from '../../ipc/bindings';
import { commandQuery, useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import css from './NotedPanel.module.css';

/** What the project's own database notes of backups, where it follows such a design. Nothing is written there unless somebody asks for it. */
export function NotedPanel({ row }: { row: Pick<ProjectRow, 'id' | 'name'> }) {
  const navigate = useNavigate();
  const [isAsked, setAsked] = useState(false);
  const [reason, setReason] = useState('');
  const state = useQuery(commandQuery('noted_state', { project: row.id }));
  // Asked only when somebody wants to see it: it signs in at the database.
  const log = useQuery({ ...commandQuery('noted_list', { project: row.id }), enabled: isAsked });
  const again = () => void log.refetch();
  const note = useCommand('noted_start', { onSuccess: () => (setReason(''), again()) });
  const drills = useCommand('noted_record_drills');
  const test = useCommand('noted_test', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const onNote = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() !== '') note.mutate({ project: row.id, reason: reason.trim() });
  };
  return (
    <section className={css.panel} aria-labelledby="noted-title">
      <h2 id="noted-title">What its own database notes</h2>
      <Text tone="soft" size="sm">
        A database may keep a log of backups, tests of them, and what changed since (WedSync’s design). What
        stands there is its claim, and no backup.
      </Text>
      {!isAsked && (
        <Button
          leftSection={<IconNotes aria-hidden />}
          onClick={() => setAsked(true)}
          data-testid="noted-look"
        >
          Look what it notes
        </Button>
      )}
      {log.error && <ErrorPanel error={log.error} title="It could not be read." onRetry={again} />}
      {log.data && (
        <>
          {log.data.length === 0 && (
            <Text tone="soft" size="sm">
              Its log is empty.
            </Text>
          )}
          <ul className={css.list} data-testid="noted-log">
            {log.data.map((entry) => (
              <Row as="li" key={entry.id} gap={3} justify="between" pad={2} ruled="underSoft" size="sm">
                <span>
                  <code>{entry.id}</code> {entry.reason ?? entry.kind}{' '}
                  <small>
                    {entry.status !== null && `says ${entry.status}, `}
                    {entry.startedAtMs !== null && <Moment ms={entry.startedAtMs} />}
                  </small>
                </span>
                <Button
                  size="xs"
                  leftSection={<IconTestPipe aria-hidden />}
                  loading={test.isPending && test.variables.id === entry.id}
                  onClick={() => test.mutate({ project: row.id, id: entry.id })}
                  aria-label={`Have it test ${entry.id}`}
                >
                  Have it test it
                </Button>
              </Row>
            ))}
          </ul>
          {log.data[0] && (
            <Equivalent asked={{ of: 'noted_test', request: { project: row.name, id: log.data[0].id } }} />
          )}
          {test.error && <ErrorPanel error={test.error} title="The test did not start." />}
          <Row as="form" gap={2} align="end" wraps onSubmit={onNote}>
            <TextInput
              label="Have it note a manual backup, because"
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              data-testid="noted-reason"
            />
            <Button
              type="submit"
              disabled={reason.trim() === ''}
              loading={note.isPending}
              data-testid="noted-start"
            >
              Note it there
            </Button>
          </Row>
          <Equivalent
            asked={
              reason.trim() === ''
                ? null
                : { of: 'noted_start', request: { project: row.name, reason: reason.trim() } }
            }
          />
          {note.error && <ErrorPanel error={note.error} title="It did not note it." />}
          {note.data && (
            <Text tone="soft" size="sm">
              Noted as <code>{note.data.id}</code>. {note.data.notes.join(' ')}
            </Text>
          )}
        </>
      )}
      {(state.data?.isKnown || log.data) && (
        <Checkbox
          checked={state.data?.recordsDrills ?? false}
          disabled={drills.isPending || state.data === undefined}
          onChange={(event) => drills.mutate({ project: row.id, isOn: event.currentTarget.checked })}
          label="Write the result of every drill there"
          description="Into its table backup_tests. That it cannot be written is said in the drill, and changes nothing about its result."
          data-testid="noted-drills"
        />
      )}
      {state.data && (state.data.isKnown || log.data) && (
        <Equivalent
          asked={{ of: 'noted_drills', request: { project: row.name, isOn: !state.data.recordsDrills } }}
        />
      )}
      {drills.error && <ErrorPanel error={drills.error} title="That could not be set." />}
      {isAsked && <Equivalent asked={{ of: 'noted_list', request: { project: row.name } }} />}
    </section>
  );
}
