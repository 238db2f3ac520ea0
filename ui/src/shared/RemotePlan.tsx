import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { RemotePlanView } from '../ipc/bindings';
import { useCommand } from '../ipc/client';
import { CommandLine } from './CommandLine';
import { DialogFoot } from './DialogFoot';
import { ErrorPanel } from './ErrorPanel';
import { counted } from './format';
import { Note } from './Panel';
import css from './RemotePlan.module.css';
import { isConfirmed, TypedConfirm } from './TypedConfirm';
import { Words } from './Words';

const list = (sentences: readonly string[]) => (
  <ul className={css.sentences}>
    {sentences.map((sentence, at) => (
      <li key={at}>
        <Words text={sentence} />
      </li>
    ))}
  </ul>
);

/** The words for leaving all as it is; what is not named here changes something that is there. */
const NOT: Record<string, string> = { delete: 'Keep it there', import: 'Make none' };

/** What would be done at a platform: the plan in full, then the typed name, then one button that is named after the act. */
export function RemotePlan({
  plan,
  onClose,
  onBack,
}: {
  plan: RemotePlanView;
  onClose: () => void;
  onBack?: () => void;
}) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const apply = useCommand('platform_apply', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const isBlocked = plan.blockers.length > 0;
  return (
    <>
      <div data-testid="remote-plan">
        <h3>What happens</h3>
        {list(plan.effects)}
      </div>
      {isBlocked && (
        <Note state="danger" title="This forbids it.">
          {list(plan.blockers)}
        </Note>
      )}
      {plan.warnings.length > 0 && (
        <Note
          state="warn"
          title={plan.warnings.length === 1 ? 'To know' : `${counted(plan.warnings.length, 'thing')} to know`}
        >
          {list(plan.warnings)}
        </Note>
      )}
      {!isBlocked && (
        <TypedConfirm
          expected={plan.confirm}
          what="the name of the project"
          value={typed}
          onChange={setTyped}
          testId="confirm-remote"
        />
      )}
      {apply.error && <ErrorPanel error={apply.error} />}
      {!isBlocked && <CommandLine command={plan.command} />}
      <DialogFoot>
        {onBack && <Button onClick={onBack}>Back</Button>}
        <Button onClick={onClose}>{NOT[plan.act] ?? 'Leave it as it is'}</Button>
        {!isBlocked && (
          <Button
            // Making something anew takes nothing away.
            variant={plan.act === 'import' ? 'filled' : 'danger-filled'}
            disabled={!isConfirmed(plan.confirm, typed)}
            loading={apply.isPending}
            onClick={() => apply.mutate({ planId: plan.planId, confirm: typed })}
            data-testid="apply-remote"
          >
            {plan.button}
          </Button>
        )}
      </DialogFoot>
    </>
  );
}
