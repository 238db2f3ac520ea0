import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { announce } from '../../shared/announce';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { percent, sentence } from '../../shared/format';
import { Block, Row } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { ProgressBar } from '../../shared/ProgressBar';
import { StateIcon, stateOfPhase } from '../../shared/StateIcon';
import css from './Import.module.css';
import { jobQuery } from './queries';
import type { Intent } from './words';
import { NextButton } from './WhatNow';

const NEXT: Record<Intent, string> = {
  keep: 'Open the backup',
  look: 'Open in a private Postgres',
  drill: 'Drill it',
  new: 'Restore as a new project…',
};

/** The import while it goes on, and what it came to; then what it was kept for. */
export function Keeping({ jobId, intent, onAgain }: { jobId: string; intent: Intent; onAgain: () => void }) {
  const navigate = useNavigate();
  const { data: job, error, refetch } = useQuery(jobQuery(jobId));
  const state = job?.row.state;
  const backupId = state === 'succeeded' ? (job?.backupId ?? null) : null;
  const project = job?.row.projectId ?? null;
  useEffect(() => {
    if (backupId === null) return;
    announce('It is in the vault.');
    if (intent === 'look' || intent === 'new')
      void navigate({
        to: '/restore/$backupId',
        params: { backupId },
        search: { into: intent === 'look' ? 'scratch' : 'new' },
      });
    if (intent === 'drill' && project !== null)
      void navigate({ to: '/project/$id/drills', params: { id: project }, search: { backup: backupId } });
  }, [backupId, intent, project, navigate]);
  useEffect(() => {
    if (state === 'failed') announce('It was not kept.', 'assertive');
  }, [state]);

  const run = (
    <LinkButton to="/run/$id" params={{ id: jobId }} data-testid="see-import">
      See the run
    </LinkButton>
  );
  if (error)
    return (
      <ErrorPanel
        error={error}
        title="How the import goes could not be read."
        onRetry={() => void refetch()}
      />
    );
  if (!job || !state) return <LoadingLines what="the import" />;
  if (state === 'succeeded')
    return (
      <Note
        state={job.verdict === 'fail' ? 'danger' : job.verdict === 'inconclusive' ? 'inconclusive' : 'ok'}
        title="It is in the vault."
        testId="kept"
        acts={
          <>
            {backupId !== null && (
              <NextButton isMain intent={intent} backupId={backupId} project={project} words={NEXT[intent]} />
            )}
            {run}
          </>
        }
      >
        {job.row.outcome && <p>{sentence(job.row.outcome)}</p>}
      </Note>
    );
  if (state === 'failed' || state === 'cancelled' || state === 'interrupted')
    return (
      <>
        {job.error ? (
          <ErrorPanel error={job.error} title="It was not kept." />
        ) : (
          <Note
            state="warn"
            title={state === 'cancelled' ? 'Cancelled. It was not kept.' : 'It was not kept.'}
          >
            {job.row.outcome && <p>{sentence(job.row.outcome)}</p>}
          </Note>
        )}
        <Row gap={2} align="stretch" wraps top={4}>
          <Button onClick={onAgain}>Choose again</Button> {run}
        </Row>
      </>
    );
  return (
    <section aria-label="Keeping it in the vault" data-testid="keeping">
      <h2>
        Keeping it{' '}
        <span className={css.percent}>
          {state === 'queued' ? 'waits for another run' : percent(job.row.percent ?? 0)}
        </span>
      </h2>
      <Block top={3} bottom={3}>
        <ProgressBar label={job.row.title} percent={job.row.percent} />
      </Block>
      <ol className={css.phases}>
        {job.phases.map((phase) => (
          <li key={phase.id} data-state={phase.state}>
            <StateIcon state={stateOfPhase(phase.state)} /> {phase.title}
          </li>
        ))}
      </ol>
      <p className={css.why}>
        {intent === 'keep'
          ? 'You may leave this page; the run goes on.'
          : `Then: ${NEXT[intent].replace('…', '').toLowerCase()}. If you leave this page, the file is kept all the same.`}
      </p>
      <Row gap={2} align="stretch" wraps top={4}>
        {run}
      </Row>
    </section>
  );
}
