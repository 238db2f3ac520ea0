import { Button, Modal, TextInput } from '@mantine/core';
import { IconCamera } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { AskCommand, BackupPlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Row } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';
import classes from './BackUpDialog.module.css';
import { backupPlanQuery } from './queries';

const namesOf = (tables: readonly string[]) =>
  tables.length > 4 ? `${tables.slice(0, 3).join(', ')} and ${tables.length - 3} more` : tables.join(', ');

function Plan({ plan, asked }: { plan: BackupPlanView; asked: AskCommand }) {
  const changes = [
    plan.newTables.length > 0 &&
      `${counted(plan.newTables.length, 'new table')}, included: ${namesOf(plan.newTables)}.`,
    plan.goneTables.length > 0 &&
      `${counted(plan.goneTables.length, 'table')} of the last backup ${plan.goneTables.length === 1 ? 'is' : 'are'} gone: ${namesOf(plan.goneTables)}.`,
  ].filter((change) => change !== false);
  return (
    <div className={classes.plan}>
      <KeyValue
        rows={[
          {
            name: 'From',
            value: <Words text={plan.origin} />,
            note:
              plan.serverVersion === null
                ? undefined
                : `Postgres ${plan.serverVersion}, read with ${plan.toolVersion ?? 'pg_dump'}`,
          },
          { name: 'To', value: <Words text={plan.destination} />, note: `${bytes(plan.freeBytes)} free` },
          {
            name: 'Reads',
            value: [
              ...(plan.serverVersion === null
                ? []
                : [`${counted(plan.tables, 'table')}, ${bytes(plan.databaseBytes)} on the server`]),
              ...plan.parts,
            ].map((part) => (
              <p key={part}>
                <Words text={part} />
              </p>
            )),
          },
          ...(changes.length > 0
            ? [
                {
                  name: 'New',
                  value: changes.map((change, at) => (
                    <p key={at}>
                      <Words text={change} />
                    </p>
                  )),
                },
              ]
            : []),
        ]}
      />
      {plan.warnings.length > 0 && (
        <Note state="warn" title="To consider">
          {plan.warnings.map((warning, at) => (
            <p key={at}>{warning}</p>
          ))}
        </Note>
      )}
      <Equivalent asked={asked} />
    </div>
  );
}

interface BackUpDialogProps {
  project: { id: string; name: string };
  isOpen: boolean;
  onClose: () => void;
}

function Content({ project, onClose }: Omit<BackUpDialogProps, 'isOpen'>) {
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const plan = useQuery(backupPlanQuery(project.id));
  const start = useCommand('backup_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (plan.data) start.mutate({ project: project.id, reason: reason.trim() || null });
  };

  return (
    <form onSubmit={onSubmit}>
      <TextInput
        label="Why, for the one who reads it later"
        placeholder="Before migration split_addresses"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={200}
        data-autofocus
        data-testid="backup-reason"
      />
      {plan.isPending && (
        <div className={classes.plan}>
          <LoadingLines what={`what ${project.name} holds now`} />
        </div>
      )}
      {plan.error && (
        <div className={classes.plan}>
          <ErrorPanel error={plan.error} onRetry={() => void plan.refetch()} />
        </div>
      )}
      {plan.data && (
        <Plan
          plan={plan.data}
          asked={{ of: 'backup_run', request: { project: project.name, reason: reason.trim() || null } }}
        />
      )}
      {start.error && (
        <div className={classes.plan}>
          <ErrorPanel error={start.error} title="The backup did not start." />
        </div>
      )}
      <Row gap={2} align="stretch" justify="end" top={5}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          leftSection={<IconCamera aria-hidden />}
          disabled={!plan.data}
          loading={start.isPending}
          data-testid="start-backup"
        >
          {plan.data
            ? `Back up ${plan.data.serverVersion === null ? counted(plan.data.parts.length, 'part') : counted(plan.data.tables, 'table')}`
            : 'Back up'}
        </Button>
      </Row>
    </form>
  );
}

/** Why, and what would happen, before a backup begins. */
export function BackUpDialog({ isOpen, ...rest }: BackUpDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title={`Back up ${rest.project.name}`} size="34rem">
      <Content {...rest} />
    </Modal>
  );
}
