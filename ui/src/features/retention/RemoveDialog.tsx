import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { ProjectRow, RetentionPlanView } from '../../ipc/bindings';
import { toUserError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted, exactMoment, moment, sentence } from '../../shared/format';
import { Bullets, Stack } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';
import { Words } from '../../shared/Words';
import { because } from './calendar';
import { removalQuery } from './queries';
import css from './Retention.module.css';

/** More rows than this are in the table of the preview; here they would only be scrolled past. */
const ROWS_SHOWN = 200;

type PlanProps = {
  project: ProjectRow;
  plan: RetentionPlanView;
  isStale: boolean;
  onStale: () => void;
  onClose: () => void;
};

function Going({ plan }: { plan: RetentionPlanView }) {
  const going = plan.days.flatMap(({ backups }) => backups).filter((fate) => !fate.isKept);
  return (
    <div className={css.going} tabIndex={0} role="region" aria-label="Backups that go, and why">
      <table>
        <tbody>
          {going.slice(0, ROWS_SHOWN).map((fate) => (
            <tr key={fate.backupId}>
              <td title={exactMoment(fate.atMs)}>{moment(fate.atMs)}</td>
              <td>
                <code>{fate.shortId}</code>
              </td>
              <td>{because(fate)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {going.length > ROWS_SHOWN && (
        <p>and {count(going.length - ROWS_SHOWN)} more; the table of the preview lists all of them.</p>
      )}
    </div>
  );
}

/** Why nothing can be removed, where that is so. */
function nothingWords(plan: RetentionPlanView): { title: string; text: string } | null {
  if (plan.pause !== null) return { title: 'Retention is paused.', text: sentence(plan.pause) };
  if (plan.removed === 0)
    return { title: 'Nothing has to go.', text: 'Every backup is kept by a rule, the floor, or a person.' };
  return null;
}

function Plan({ project, plan, isStale, onStale, onClose }: PlanProps) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const apply = useCommand('retention_apply', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
    onError: (error) => {
      if (toUserError(error).code === 'plan_stale') onStale();
    },
  });
  const nothing = nothingWords(plan);
  const act = `Remove ${counted(plan.removed, 'backup')} of ${plan.project}`;
  return (
    <Stack gap={4} columns={1}>
      {isStale && (
        <Note state="warn" title="The backups changed since you looked." testId="plan-was-stale">
          Nothing was removed. This is what would go now.
        </Note>
      )}
      {nothing === null ? (
        <>
          <p>{plan.words}</p>
          <Going plan={plan} />
          <Bullets tone="soft">
            {plan.effects.map((effect, at) => (
              <li key={at}>
                <Words text={effect} />
              </li>
            ))}
          </Bullets>
          <CommandLine command={plan.command} />
          <TypedConfirm
            expected={plan.confirm}
            what="the name of the project"
            value={typed}
            onChange={setTyped}
            testId="confirm-name"
          />
        </>
      ) : (
        <Note state="plain" title={nothing.title}>
          {nothing.text}
        </Note>
      )}
      {apply.error && toUserError(apply.error).code !== 'plan_stale' && (
        <ErrorPanel error={apply.error} title="Nothing was removed." />
      )}
      <DialogFoot>
        <Button onClick={onClose}>{nothing === null ? 'Keep them' : 'Close'}</Button>
        {nothing === null && (
          <Button
            variant="danger-filled"
            disabled={!isConfirmed(plan.confirm, typed)}
            loading={apply.isPending}
            onClick={() => apply.mutate({ project: project.id, plan: plan.id, confirm: typed })}
            data-testid="remove-old-confirm"
          >
            {act}
          </Button>
        )}
      </DialogFoot>
    </Stack>
  );
}

/** Removes what the policy does not keep: what goes and why, the project's name typed, then the act. */
export function RemoveDialog({ project, onClose }: { project: ProjectRow; onClose: () => void }) {
  const [isStale, setStale] = useState(false);
  const { data, error, isFetching, refetch } = useQuery(removalQuery(project.id));
  const onStale = () => {
    setStale(true);
    void refetch();
  };
  return (
    <Modal opened onClose={onClose} title={`Remove old backups of ${project.name}`} size="42rem">
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {!error && (!data || isFetching) && <LoadingLines what="what would go" />}
      {!error && data && !isFetching && (
        <Plan
          key={data.id}
          project={project}
          plan={data}
          isStale={isStale}
          onStale={onStale}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}
