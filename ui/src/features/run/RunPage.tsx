import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconChevronRight } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import type { JobView, LogLevel } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Chip } from '../../shared/Chip';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, WithAside } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { LogView } from '../../shared/LogView';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { RunPhases } from '../../shared/RunPhases';
import { stateOfJob } from '../../shared/StateIcon';
import { StepResults } from '../../shared/StepResults';
import { trayQuery } from '../../shared/tray';
import { Words } from '../../shared/Words';
import { AfterRestore } from './AfterRestore';
import { CancelRun } from './CancelRun';
import { PauseRun } from './PauseRun';
import { jobQuery, logQuery } from './queries';
import { ResumeThere } from './ResumeThere';
import { RunOutcome } from './RunOutcome';
import classes from './RunPage.module.css';
import { RunProgress } from './RunProgress';
import { UndoParts } from './UndoParts';
import { WaitingNote } from './WaitingNote';
import { WrittenFile } from './WrittenFile';
import { isLive, nounOf, pauseWords, safeHeading, spokenPhase, stateWordOf } from './words';

function Log({ job }: { job: JobView }) {
  const [level, setLevel] = useState<LogLevel>('info');
  const live = isLive(job.row.state);
  const { data = [], error, refetch } = useQuery(logQuery(useQueryClient(), job.row.id, level, live));
  if (error)
    return <ErrorPanel error={error} title="The log could not be read." onRetry={() => void refetch()} />;
  const counts = { all: job.logLines, warnings: job.logWarnings, errors: job.logErrors };
  return <LogView lines={data} level={level} onLevel={setLevel} counts={counts} isLive={live} />;
}

/** Says phases and the end aloud: phases politely, a failure and whom it waits for at once. Figures alone are no news. */
function useSpokenRun(job: JobView | undefined) {
  const phase = job ? spokenPhase(job.phases) : '';
  const state = job?.row.state;
  const isPaused = job?.goesOn?.isPaused === true;
  const outcome = job?.error?.message ?? job?.row.outcome ?? '';
  const waits = job?.waitsFor ? `It waits for you: ${job.waitsFor.title}.` : '';
  useEffect(() => {
    if (waits) announce(waits, 'assertive');
  }, [waits]);
  useEffect(() => {
    if (state === 'running' && phase) announce(phase);
  }, [state, phase]);
  useEffect(() => {
    if (state && !isLive(state))
      announce(
        `${stateWordOf(state, isPaused)}. ${sentence(outcome)}`,
        state === 'failed' ? 'assertive' : 'polite',
      );
  }, [state, isPaused, outcome]);
}

function Crumbs({ job }: { job: JobView }) {
  const { projectId, project, id } = job.row;
  return (
    <>
      {projectId && (
        <>
          <Link to="/project/$id" params={{ id: projectId }}>
            {project}
          </Link>
          <IconChevronRight size={14} stroke={1.75} aria-hidden />
        </>
      )}
      <Link to="/activity">Runs</Link>
      <IconChevronRight size={14} stroke={1.75} aria-hidden />
      <code>{id.slice(0, 6)}</code>
    </>
  );
}

/** One page per run: what it does, how far it is, what it came to, and its whole log. */
export function RunPage({ id }: { id: string }) {
  const navigate = useNavigate();
  const { data: job, error, refetch } = useQuery(jobQuery(id));
  const { data: hasTray = false } = useQuery(trayQuery);
  const again = useCommand('backup_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const [pauseError, setPauseError] = useState<CommandError | null>(null);
  useSpokenRun(job);

  if (error) {
    return (
      <Page>
        <ErrorPanel error={error} title="This run could not be read." onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (!job) {
    return (
      <Page>
        <LoadingLines what="this run" />
      </Page>
    );
  }

  const { row } = job;
  const live = isLive(row.state);
  const { projectId } = row;
  const onAgain =
    row.kind === 'backup' && projectId
      ? () =>
          again.mutate({
            project: projectId,
            reason: job.reason,
          })
      : undefined;

  return (
    <Page>
      <PageHeader
        title={row.title}
        crumbs={<Crumbs job={job} />}
        lead={<Words text={job.sentence} />}
        badge={
          live || job.restore || job.verdict ? undefined : (
            <Chip state={stateOfJob(row.state)}>{stateWordOf(row.state, job.goesOn?.isPaused === true)}</Chip>
          )
        }
      >
        {live && row.isMine && job.canPause && <PauseRun job={job} onError={setPauseError} />}
        {live && row.isMine && <CancelRun job={job} />}
      </PageHeader>
      <span className="sr-only" data-testid="run-state">
        {row.state}
      </span>
      {live ? (
        <>
          <RunProgress job={job} hasTray={hasTray} />
          {pauseError && <ErrorPanel error={pauseError} title="It was not paused." />}
          {job.waitsFor && <WaitingNote key={job.waitsFor.stepId} job={row.id} waits={job.waitsFor} />}
        </>
      ) : (
        <Block top={5}>
          <RunOutcome
            job={job}
            onAgain={onAgain}
            isStarting={again.isPending}
            after={
              job.file ? (
                <WrittenFile file={job.file} />
              ) : job.undoesParts ? (
                <Block top={4}>
                  <UndoParts job={job} />
                </Block>
              ) : (
                row.kind === 'restore' && (
                  <AfterRestore jobId={row.id} scratchId={job.restore?.scratchId ?? null} />
                )
              )
            }
          />
          {again.error && <ErrorPanel error={again.error} />}
          {job.mayBePaused && projectId && <ResumeThere id={projectId} name={row.project ?? projectId} />}
        </Block>
      )}
      <WithAside width={17.5} gap={10} head={2.5} top={7}>
        <section>
          <h2>Phases</h2>
          <RunPhases
            phases={job.phases}
            bytesPerSecond={job.bytesPerSecond}
            isOver={!live}
            wasStopped={row.state === 'cancelled' || row.state === 'interrupted'}
          />
        </section>
        <aside>
          <h2>This {nounOf(row.kind)}</h2>
          <KeyValue
            rows={job.facts.map(({ name, value, note }) => ({
              name,
              value: <Words text={value} />,
              note: note === null ? undefined : <Words text={note} />,
            }))}
          />
          {live && row.isMine && job.canPause && (
            <div className={classes.safe}>
              <h3>If you pause</h3>
              <p>{pauseWords(job)}</p>
            </div>
          )}
          {job.safeNext && (live || row.state !== 'succeeded') && (
            <div className={classes.safe}>
              <h3>{safeHeading(row.state)}</h3>
              <p>
                <Words text={job.safeNext} />
              </p>
            </div>
          )}
        </aside>
      </WithAside>
      {job.steps.length > 0 && (
        <Section title="Recovery steps">
          <StepResults steps={job.steps} />
        </Section>
      )}
      <Block top={8}>
        <Log job={job} />
      </Block>
    </Page>
  );
}
