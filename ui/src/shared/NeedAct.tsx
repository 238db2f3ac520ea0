import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { NeedTarget } from '../ipc/bindings';
import { useCommand } from '../ipc/client';
import { ErrorPanel } from './ErrorPanel';

type Props = {
  target: NeedTarget;
  /** What the button says. */
  act: string;
  /** What it is about, for those who hear a list of buttons. */
  subject: string;
};

/** The one act that does something about a need or a finding: it starts what it names, or leads there. */
export function NeedAct({ target, act, subject }: Props) {
  const navigate = useNavigate();
  const onSuccess = ({ jobId }: { jobId: string }) =>
    void navigate({ to: '/run/$id', params: { id: jobId } });
  const backup = useCommand('backup_start', { onSuccess });
  const pull = useCommand('pull_start', { gcTime: 0, onSuccess });
  const verify = useCommand('verify_start', { onSuccess });
  const error = backup.error ?? pull.error ?? verify.error;
  if (target.kind === 'none' || act === '') return null;

  const go = () => {
    switch (target.kind) {
      case 'back_up':
        return backup.mutate({ project: target.id, reason: null });
      case 'pull':
        return pull.mutate({
          project: target.id,
          ids: [],
          all: false,
          passphrase: null,
          streams: null,
          bytesPerSecond: null,
        });
      case 'pull_all':
        return pull.mutate({
          project: target.id,
          ids: [],
          all: true,
          passphrase: null,
          streams: null,
          bytesPerSecond: null,
        });
      case 'verify':
        return verify.mutate({ backup: target.id, level: 'readable' });
      case 'drill':
      case 'see_drills':
        return void navigate({ to: '/project/$id/drills', params: { id: target.id } });
      case 'job':
        return void navigate({ to: '/run/$id', params: { id: target.id } });
      case 'connection':
        return void navigate({ to: '/project/$id/edit', params: { id: target.id } });
      case 'retention':
        return void navigate({ to: '/project/$id', params: { id: target.id }, search: { tab: 'retention' } });
      case 'goals':
      case 'schedules':
        return void navigate({ to: '/project/$id', params: { id: target.id }, search: { tab: 'goals' } });
      case 'components':
        return void navigate({
          to: '/project/$id',
          params: { id: target.id },
          search: { tab: 'components' },
        });
      case 'backup':
        return void navigate({ to: '/backup/$id', params: { id: target.id } });
      case 'compare':
        return void navigate({ to: '/compare/$left/$right', params: target.id });
      case 'vault':
      case 'tools':
      case 'secrets':
        return void navigate({ to: '/settings', hash: target.kind });
      case 'save_kit':
        return void navigate({ to: '/settings', hash: 'kit' });
      case 'channel':
        return void navigate({ to: '/settings', hash: 'notifications' });
    }
  };
  return (
    <>
      <Button
        loading={backup.isPending || pull.isPending || verify.isPending}
        onClick={go}
        aria-label={`${act}: ${subject}`}
      >
        {act}
      </Button>
      {error !== null && (
        <div style={{ flexBasis: '100%' }}>
          <ErrorPanel error={error} title="It could not be started." />
        </div>
      )}
    </>
  );
}
