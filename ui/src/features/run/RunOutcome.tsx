import { Button } from '@mantine/core';
import { IconArchive, IconHistory, IconRefresh, IconShieldCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { JobView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { elapsed, sentence } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { stateOfJob, stateOfVerdict } from '../../shared/StateIcon';
import { Verdict } from '../../shared/Verdict';
import { StoppedPull } from './GoOn';
import { RestoreVerdict } from './RestoreVerdict';
import { nounOf, ranFor, VERDICT_WORDS } from './words';

export interface RunOutcomeProps {
  job: JobView;
  /** Starts the same again; absent where only a person can say what to do. */
  onAgain?: (() => void) | undefined;
  isStarting: boolean;
  /** How what it did stands now; follows the verdict. */
  after?: ReactNode;
}

const STOPPED: Record<string, string> = {
  cancelled: 'Cancelled.',
  interrupted: 'Interrupted. Holdfast ended in the middle of it.',
};

/** What a run that is over came to. */
export function RunOutcome({ job, onAgain, isStarting, after }: RunOutcomeProps) {
  const { row } = job;
  const took = ranFor(row, 0);
  const figure =
    took === null
      ? undefined
      : {
          value: elapsed(took),
          label: row.state === 'succeeded' ? `for the whole ${nounOf(row.kind)}` : 'until it stopped',
        };
  const again = onAgain && (
    <Button
      leftSection={<IconRefresh aria-hidden />}
      onClick={onAgain}
      loading={isStarting}
      data-testid="run-again"
    >
      Try again
    </Button>
  );
  const open =
    row.kind === 'drill' ? (
      <LinkButton
        to="/drill/$id"
        params={{ id: row.id }}
        leftSection={<IconShieldCheck aria-hidden />}
        data-testid="open-drill"
      >
        See the report
      </LinkButton>
    ) : job.madeProject && row.project ? (
      <LinkButton
        to="/restore/$backupId"
        params={{ backupId: `${row.project}@latest` }}
        search={{ into: 'anew', on: job.madeProject }}
        leftSection={<IconHistory aria-hidden />}
        data-testid="fill-project"
      >
        Bring a backup into it
      </LinkButton>
    ) : (
      job.backupId && (
        <LinkButton
          to="/backup/$id"
          params={{ id: job.backupId }}
          leftSection={<IconArchive aria-hidden />}
          data-testid="open-backup"
        >
          Open the backup
        </LinkButton>
      )
    );

  if (job.restore) return <RestoreVerdict restore={job.restore} tookMs={took} after={after} />;
  if (job.goesOn) return <StoppedPull job={job} goesOn={job.goesOn} figure={figure} />;
  if (row.state === 'failed') {
    const error = job.error ?? {
      code: 'failed',
      message: row.outcome ?? 'the run did not work',
      hint: null,
      retry: 'now' as const,
      reportId: '',
    };
    return (
      <>
        <ErrorPanel error={error}>{again}</ErrorPanel>
        {after}
      </>
    );
  }
  if (row.state !== 'succeeded') {
    return (
      <>
        <Verdict tone={stateOfJob(row.state)} title={STOPPED[row.state]} acts={again} figure={figure}>
          {row.outcome && <p>{sentence(row.outcome)}</p>}
        </Verdict>
        {after}
      </>
    );
  }
  const tone = job.verdict ? stateOfVerdict(job.verdict) : 'ok';
  const word = job.verdict ? VERDICT_WORDS[job.verdict] : 'Done.';
  return (
    <>
      <Verdict tone={tone} title={word} acts={open} figure={figure}>
        {row.outcome && <p>{sentence(row.outcome)}</p>}
      </Verdict>
      {after}
    </>
  );
}
