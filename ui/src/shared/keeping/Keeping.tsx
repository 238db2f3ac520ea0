import { Button } from '@mantine/core';
import { IconCalendarDue, IconLock, IconLockOpen } from '@tabler/icons-react';
import { useState } from 'react';

import type { BackupFateView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../announce';
import { ErrorPanel } from '../ErrorPanel';
import { ExpiryDialog } from './ExpiryDialog';
import { HoldDialog } from './HoldDialog';

/** What a person can say of one backup: hold it or release it, and until when it is kept. */
export function KeepingActs({ kept, size }: { kept: BackupFateView; size?: 'xs' }) {
  const [dialog, setDialog] = useState<'hold' | 'expiry' | null>(null);
  const release = useCommand('backup_release', { onSuccess: () => announce('The backup is released.') });
  const { backupId, shortId } = kept.fate;
  const close = () => setDialog(null);
  const sized = size === undefined ? {} : { size };
  return (
    <>
      {kept.holdReason === null ? (
        <Button {...sized} leftSection={<IconLock aria-hidden />} onClick={() => setDialog('hold')} data-testid="hold-backup">
          Hold…
        </Button>
      ) : (
        <Button {...sized} leftSection={<IconLockOpen aria-hidden />} loading={release.isPending} onClick={() => release.mutate({ backup: backupId })} data-testid="release-backup">
          Release
        </Button>
      )}
      <Button {...sized} leftSection={<IconCalendarDue aria-hidden />} onClick={() => setDialog('expiry')} data-testid="expire-backup">
        Keep until…
      </Button>
      {release.error && <ErrorPanel error={release.error} title="It is still held." />}
      {dialog === 'hold' && <HoldDialog backupId={backupId} shortId={shortId} onClose={close} />}
      {dialog === 'expiry' && <ExpiryDialog kept={kept} onClose={close} />}
    </>
  );
}
