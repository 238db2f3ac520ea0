import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { Need } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import css from './NeedsList.module.css';

const WORDS: Record<Need['state'], string> = {
  ok: 'Well',
  warn: 'Warning',
  danger: 'Needs you',
  inconclusive: 'Not proven',
  running: 'Running',
  idle: 'Waits',
};

/** At most three things that need a person, each with the one act that fixes it. */
export function NeedsList({ needs }: { needs: readonly Need[] }) {
  const navigate = useNavigate();
  const backup = useCommand('backup_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const act = ({ target }: Need) => {
    if (target.kind === 'back_up') backup.mutate({ project: target.id, reason: null });
    else if (target.kind === 'job') void navigate({ to: '/run/$id', params: { id: target.id } });
    else if (target.kind === 'connection') void navigate({ to: '/project/$id/edit', params: { id: target.id } });
    else if (target.kind === 'retention') void navigate({ to: '/project/$id', params: { id: target.id }, search: { tab: 'retention' } });
    else void navigate({ to: '/settings' });
  };
  return (
    <>
      <ul className={css.needs} aria-label="What needs you" data-testid="needs">
        {needs.slice(0, 3).map((need) => (
          <li key={`${need.subject} ${need.what}`}>
            <StateIcon state={need.state} size={20} label={WORDS[need.state]} />
            <div className={css.words}>
              <p className={css.what}>
                <b>{need.subject}</b> {need.what}
              </p>
              <p className={css.why}>
                <Words text={need.why} />
              </p>
            </div>
            <Button
              loading={backup.isPending && need.target.kind === 'back_up'}
              onClick={() => act(need)}
              aria-label={`${need.act}: ${need.subject}`}
            >
              {need.act}
            </Button>
          </li>
        ))}
      </ul>
      {backup.isError && (
        <div className={css.error}>
          <ErrorPanel error={backup.error} title="The backup could not be started." />
        </div>
      )}
    </>
  );
}
