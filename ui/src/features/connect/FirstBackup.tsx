import { Button, TextInput } from '@mantine/core';
import { IconShieldPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { BackupPlanView, ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Row, Stack, Text } from '../../shared/Layout';
import { Note } from '../../shared/Panel';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import { Words } from '../../shared/Words';
import css from './Connect.module.css';
import { planQuery } from './queries';

/** The project is saved; its first backup is offered with what it would do. */
export function FirstBackup({ project, steps }: { project: ProjectView; steps: WizardStep[] }) {
  const { id, name } = project.row;
  const navigate = useNavigate();
  const plan = useQuery(planQuery(id));
  const [reason, setReason] = useState('First backup');
  const start = useCommand('backup_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const later = () => void navigate({ to: '/project/$id', params: { id } });
  return (
    <WizardFrame
      icon={<IconShieldPlus aria-hidden />}
      title="Protect a project"
      subject={name}
      steps={steps}
      current="backup"
      footNote={
        plan.data
          ? `About ${bytes(plan.data.databaseBytes)} to read, ${bytes(plan.data.freeBytes)} free in the vault. You may close the window meanwhile.`
          : 'The project is saved.'
      }
      acts={
        <>
          <Button size="lg" onClick={later} data-testid="backup-later">
            Later
          </Button>
          <Button
            size="lg"
            variant="filled"
            loading={start.isPending}
            onClick={() => start.mutate({ project: id, reason: reason.trim() || null })}
            data-testid="backup-now"
          >
            Back up now
          </Button>
        </>
      }
    >
      <div className={css.read}>
        <h1>Back up {name} now?</h1>
        <Text top={1.5} max={44} tone="soft" breaks>
          The project is saved. Until its first backup is verified, nothing of it can be restored.
        </Text>
        <Stack gap={6} top={6}>
          {plan.isError && (
            <ErrorPanel
              error={plan.error}
              title="The backup could not be planned."
              onRetry={() => void plan.refetch()}
            />
          )}
          {plan.isPending && (
            <Row as="p" gap={1.25} sign={0} top={2} tone="quiet" size="xs" leading={1.4} role="status">
              Reading the tables.
            </Row>
          )}
          {plan.data && <Plan plan={plan.data} />}
          <TextInput
            label="Why, for those who read the list later"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-testid="backup-reason"
          />
          {start.isError && <ErrorPanel error={start.error} title="The backup could not be started." />}
          <CommandLine command={project.backupCommand} />
        </Stack>
      </div>
    </WizardFrame>
  );
}

function Plan({ plan }: { plan: BackupPlanView }) {
  return (
    <>
      <KeyValue
        rows={[
          {
            name: 'From',
            value: plan.origin,
            note: `Postgres ${plan.serverVersion}, ${counted(plan.tables, 'table')}, ${bytes(plan.databaseBytes)}`,
          },
          { name: 'To', value: plan.destination, note: `${bytes(plan.freeBytes)} free` },
          {
            name: 'With',
            value: `pg_dump ${plan.toolVersion}`,
            note: 'one snapshot, so that all tables show the same moment',
          },
          { name: 'Then', value: 'read back and verified', note: 'only then it counts' },
        ]}
      />
      {plan.warnings.length > 0 && (
        <Note state="warn" title="To consider">
          {plan.warnings.map((warning, at) => (
            <p key={at}>
              <Words text={warning} />
            </p>
          ))}
        </Note>
      )}
    </>
  );
}
