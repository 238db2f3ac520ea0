import { Button, Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { CleanCheckView, RecoveryPlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Checks, checkSum } from '../../shared/Checks';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Stack } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { StateIcon, stateOfVerdict } from '../../shared/StateIcon';
import { Verdict } from '../../shared/Verdict';
import { jobQuery } from './queries';
import classes from './PlanPage.module.css';

const WORDS = { pass: 'Pass.', fail: 'Fail.', inconclusive: 'Inconclusive.' } as const;

/** A moment as the field of a browser writes it, by the clock of this computer. */
export function beforeMs(text: string): number | null {
  const ms = new Date(text).getTime();
  return text === '' || Number.isNaN(ms) ? null : ms;
}

function Found({ look }: { look: CleanCheckView }) {
  return (
    <Stack gap={3} data-testid="clean-found">
      <Verdict
        tone={stateOfVerdict(look.verdict)}
        title={WORDS[look.verdict]}
        acts={
          look.backupAtMs !== null && (
            <LinkButton to="/backup/$id" params={{ id: look.backupId }}>
              See the backup
            </LinkButton>
          )
        }
      >
        <p>{look.reason}</p>
        <p>
          Looked at <Moment ms={look.atMs} />: {checkSum(look.checks)}.
        </p>
      </Verdict>
      <Checks checks={look.checks} />
    </Stack>
  );
}

function CleanDialog({ plan, onClose }: { plan: RecoveryPlanView; onClose: () => void }) {
  const [text, setText] = useState('');
  const start = useCommand('clean_check_start');
  const job = useQuery({
    ...jobQuery(start.data?.jobId ?? ''),
    enabled: start.data !== undefined,
  }).data;
  const before = beforeMs(text);
  const look =
    plan.clean.find((one) => one.id === start.data?.jobId) ??
    (start.data === undefined ? plan.clean[0] : undefined);
  const isRunning =
    start.data !== undefined && (job === undefined || ['queued', 'running'].includes(job.row.state));
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (before !== null) start.mutate({ project: plan.projectId, beforeMs: before });
  };
  return (
    <Modal opened onClose={onClose} title="Find a clean backup" size="48rem">
      <Stack as="form" gap={4} onSubmit={onSubmit}>
        <p>
          After a break-in or ransomware: the newest verified backup before the moment at which it began. It
          is read whole, and compared with the backups before it; in doubt, name an earlier moment.
        </p>
        <TextInput
          type="datetime-local"
          label="It began at, by this computer’s clock"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="clean-before"
        />
        {isRunning && (
          <Row as="p" gap={1.5} sign={0.8} align="start" role="status">
            <StateIcon state="running" percent={job?.row.percent ?? null} /> {job?.row.phase ?? 'Waits'}: you
            may close this, it goes on.
          </Row>
        )}
        {start.error && <ErrorPanel error={start.error} title="There is none to look at." />}
        {job?.row.state === 'failed' && job.error && (
          <ErrorPanel error={job.error} title="It could not be shown." />
        )}
        {look && !isRunning && <Found look={look} />}
        <Equivalent
          asked={
            before === null
              ? null
              : { of: 'clean_before', request: { project: plan.project, beforeMs: before } }
          }
        />
        <DialogFoot
          reason={
            before === null
              ? 'Name the moment first.'
              : 'Nothing is restored, and nothing is written to the vault.'
          }
        >
          {start.data && isRunning && (
            <LinkButton to="/run/$id" params={{ id: start.data.jobId }}>
              See the run
            </LinkButton>
          )}
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconSearch aria-hidden />}
            disabled={before === null || isRunning}
            loading={start.isPending}
            data-testid="find-clean"
          >
            Find and read it
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

/** The newest backup before a moment, and whether it is clean. */
export function CleanPart({ plan }: { plan: RecoveryPlanView }) {
  const [isOpen, setOpen] = useState(false);
  const [last] = plan.clean;
  return (
    <section className={classes.part} aria-label="A clean backup" data-testid="plan-clean">
      <div className={classes.words}>
        <h3>A clean backup after a break-in</h3>
        {last === undefined ? (
          <p>
            Name the moment at which it began, and the newest backup before it is read and compared with those
            before.
          </p>
        ) : (
          <Row as="p" gap={1.5} sign={0.8} align="start">
            <StateIcon state={stateOfVerdict(last.verdict)} label={WORDS[last.verdict]} size={14} />{' '}
            <span>{last.reason}</span>
          </Row>
        )}
      </div>
      <Row gap={2} align="stretch" keeps>
        <Button
          size="xs"
          leftSection={<IconSearch aria-hidden />}
          onClick={() => setOpen(true)}
          data-testid="open-clean"
        >
          Find a clean backup…
        </Button>
      </Row>
      {isOpen && <CleanDialog plan={plan} onClose={() => setOpen(false)} />}
    </section>
  );
}
