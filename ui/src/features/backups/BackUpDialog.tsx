import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { IconCamera } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { AskCommand, BackupPlanView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import { holdsWords } from '../../shared/Holds';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Row, Text } from '../../shared/Layout';
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
  const left =
    plan.leftOut.length > 0 &&
    `Without the rows of ${counted(plan.leftOut.length, 'table')}, as chosen: ${namesOf(plan.leftOut)}.`;
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
              ...(left === false ? [] : [left]),
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

/** What of the project is read: all of it, unless something is left out this once. */
function Wanted({
  components,
  left,
  onLeave,
}: {
  components: string[];
  left: string[];
  onLeave: (left: string[]) => void;
}) {
  return (
    <Block top={4}>
      <Checkbox.Group
        label="What"
        value={components.filter((one) => !left.includes(one))}
        onChange={(taken) => onLeave(components.filter((one) => !taken.includes(one)))}
      >
        <Row gap={[2, 5]} top={1} wraps>
          {components.map((one) => (
            <Checkbox key={one} value={one} label={holdsWords([one])} data-testid={`take-${one}`} />
          ))}
        </Row>
      </Checkbox.Group>
      {left.length > 0 && (
        <Text size="sm" tone="quiet" top={2}>
          This backup alone: what is left out keeps the recovery point that it has.
        </Text>
      )}
    </Block>
  );
}

const buttonWords = (plan: BackupPlanView | undefined, chosen: string[] | null) => {
  if (!plan) return 'Back up';
  if (chosen) return `Back up ${holdsWords(chosen)}`;
  return `Back up ${plan.serverVersion === null ? counted(plan.parts.length, 'part') : counted(plan.tables, 'table')}`;
};

interface BackUpDialogProps {
  project: Pick<ProjectRow, 'id' | 'name' | 'hasDatabase' | 'parts'>;
  isOpen: boolean;
  onClose: () => void;
}

function Content({ project, onClose }: Omit<BackUpDialogProps, 'isOpen'>) {
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const [left, setLeft] = useState<string[]>([]);
  const components = [...(project.hasDatabase ? ['database'] : []), ...project.parts];
  const only = left.length === 0 ? null : components.filter((one) => !left.includes(one));
  const isNothing = only?.length === 0;
  const asked = { reason: reason.trim() || null, ...(only && { only }) };
  const plan = useQuery({ ...backupPlanQuery(project.id, only ?? []), enabled: !isNothing });
  const isPlanned = plan.data !== undefined && !plan.isPlaceholderData && !isNothing;
  const start = useCommand('backup_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isPlanned) start.mutate({ project: project.id, ...asked });
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
      {components.length > 1 && <Wanted components={components} left={left} onLeave={setLeft} />}
      {plan.isPending && !isNothing && (
        <div className={classes.plan}>
          <LoadingLines what={`what ${project.name} holds now`} />
        </div>
      )}
      {plan.error && (
        <div className={classes.plan}>
          <ErrorPanel error={plan.error} onRetry={() => void plan.refetch()} />
        </div>
      )}
      {plan.data && !isNothing && (
        <Plan plan={plan.data} asked={{ of: 'backup_run', request: { project: project.name, ...asked } }} />
      )}
      {start.error && (
        <div className={classes.plan}>
          <ErrorPanel error={start.error} title="The backup did not start." />
        </div>
      )}
      <Text size="sm" tone="quiet" top={3}>
        A restore point of its own: what has not changed since the last backup takes no more room.
      </Text>
      <Block top={5}>
        <DialogFoot reason={isNothing ? 'Choose what is to be backed up.' : null}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconCamera aria-hidden />}
            disabled={!isPlanned}
            loading={start.isPending}
            data-testid="start-backup"
          >
            {buttonWords(plan.data, only)}
          </Button>
        </DialogFoot>
      </Block>
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
