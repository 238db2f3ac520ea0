import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ProjectRow, RetentionView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Stack } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Section } from '../../shared/PageHeader';
import { draftOf, isSame, lackOf, policyOf } from './draft';
import { LastRun } from './LastRun';
import { PolicyChoice } from './PolicyChoice';
import { Preview } from './Preview';
import { previewQuery, retentionQuery } from './queries';
import { RemoveDialog } from './RemoveDialog';
import css from './Retention.module.css';

/** A preview is asked for once nobody types for so long. */
const QUIET_MS = 300;

function Loaded({ project, retention }: { project: ProjectRow; retention: RetentionView }) {
  const [draft, setDraft] = useState(() => draftOf(retention));
  // What is set stands in one line; the choice unfolds where there is none, or somebody wants another one.
  const [isChoosing, setChoosing] = useState(retention.policy === null);
  const [isRemoving, setRemoving] = useState(false);
  const lack = lackOf(draft);
  const policy = policyOf(draft);
  const isChanged = !isSame(policy, retention.policy);
  const set = useCommand('retention_set', {
    onSuccess: (made) => {
      setDraft(draftOf(made));
      announce(made.policy === null ? 'Everything is kept.' : `Set. ${made.words}`);
    },
  });
  // Only a policy that makes sense is looked at, and the project's own is asked for as such.
  const [looked] = useDebouncedValue(lack === null && isChanged ? policy : null, QUIET_MS);
  const preview = useQuery({ ...previewQuery(project.id, looked), enabled: lack === null });
  const plan = preview.data;

  return (
    <>
      <LastRun run={retention.lastRun} project={project} onGoOn={() => setRemoving(true)} />
      <Section title="How long backups stay">
        {isChoosing ? (
          <>
            <p className={css.lead}>
              Only verified backups count, ages are measured from the newest of them, and setting a rule
              removes nothing.
            </p>
            <PolicyChoice retention={retention} draft={draft} onChange={setDraft} />
          </>
        ) : (
          <div className={css.set}>
            <p data-testid="policy-words">{retention.words}</p>
            <Button size="xs" onClick={() => setChoosing(true)} data-testid="change-retention">
              Change…
            </Button>
          </div>
        )}
        {set.error && <ErrorPanel error={set.error} title="It was not set." />}
        {isChoosing && !isChanged && retention.policy !== null && (
          <Row gap={2} justify="end" wraps>
            <Button variant="subtle" size="xs" onClick={() => setChoosing(false)}>
              Fold it away
            </Button>
          </Row>
        )}
        {isChanged && (
          <Stack gap={3} top={4}>
            <Equivalent
              asked={{ of: 'retention_set', request: { project: project.name, policy: policyOf(draft) } }}
            />
            <Row gap={2} justify="end" wraps>
              <span className={css.lack} aria-live="polite">
                {lack ?? 'Below is what it would come to. It is not set yet.'}
              </span>
              <Button
                onClick={() => {
                  setDraft(draftOf(retention));
                  setChoosing(retention.policy === null);
                }}
              >
                Leave it as it is
              </Button>
              <Button
                variant="filled"
                disabled={lack !== null}
                loading={set.isPending}
                onClick={() => set.mutate({ project: project.id, policy })}
                data-testid="set-retention"
              >
                {policy === null ? 'Keep everything' : 'Set this'}
              </Button>
            </Row>
          </Stack>
        )}
      </Section>
      {preview.error && (
        <ErrorPanel
          error={preview.error}
          title="What it comes to could not be computed."
          onRetry={() => void preview.refetch()}
        />
      )}
      {!plan && !preview.error && <LoadingLines what="what it comes to" />}
      {plan && (
        <Preview
          plan={plan}
          isChanged={isChanged}
          keepsAll={policy === null}
          isOld={preview.isPlaceholderData || (isChanged && policy !== null && !isSame(looked, policy))}
          onRemove={project.isArchived || project.job ? null : () => setRemoving(true)}
          isBusy={project.job !== null}
        />
      )}
      {isRemoving && <RemoveDialog project={project} onClose={() => setRemoving(false)} />}
    </>
  );
}

/** How long the backups of a project stay, what that comes to day by day, and the removal of what does not. */
export function RetentionPanel({ project }: { project: ProjectRow }) {
  const { data, error, refetch } = useQuery(retentionQuery(project.id));
  return (
    <div className={css.panel}>
      {error && !data && (
        <ErrorPanel
          error={error}
          title="How long backups stay could not be read."
          onRetry={() => void refetch()}
        />
      )}
      {!data && !error && <LoadingLines what="how long backups stay" />}
      {data && <Loaded key={JSON.stringify(data.policy)} project={project} retention={data} />}
    </div>
  );
}
