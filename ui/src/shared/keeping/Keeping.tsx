import { Button, Menu } from '@mantine/core';
import { IconCalendarDue, IconChevronDown, IconLock, IconLockOpen } from '@tabler/icons-react';
import { useState } from 'react';

import type { BackupFateView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../announce';
import { ErrorPanel } from '../ErrorPanel';
import { ExpiryDialog } from './ExpiryDialog';
import { HoldDialog } from './HoldDialog';

interface KeepingActsProps {
  kept: BackupFateView;
  /** As one button with a menu, where there is little room. */
  isMenu?: boolean;
}

/** What a person can say of one backup: hold it or release it, and until when it is kept. */
export function KeepingActs({ kept, isMenu = false }: KeepingActsProps) {
  const [dialog, setDialog] = useState<'hold' | 'expiry' | null>(null);
  const release = useCommand('backup_release', { onSuccess: () => announce('The backup is released.') });
  const { backupId, shortId } = kept.fate;
  const close = () => setDialog(null);
  const hold =
    kept.holdReason === null
      ? {
          title: 'Hold…',
          icon: <IconLock aria-hidden />,
          act: () => setDialog('hold'),
          testId: 'hold-backup',
        }
      : {
          title: 'Release',
          icon: <IconLockOpen aria-hidden />,
          act: () => release.mutate({ backup: backupId }),
          testId: 'release-backup',
        };
  const expiry = {
    title: 'Keep until…',
    icon: <IconCalendarDue aria-hidden />,
    act: () => setDialog('expiry'),
    testId: 'expire-backup',
  };
  return (
    <>
      {isMenu ? (
        <Menu position="top-start">
          <Menu.Target>
            <Button
              leftSection={<IconLock aria-hidden />}
              rightSection={<IconChevronDown aria-hidden />}
              loading={release.isPending}
              data-testid="keep-backup"
            >
              Keep
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {[hold, expiry].map(({ title, icon, act, testId }) => (
              <Menu.Item key={testId} leftSection={icon} onClick={act} data-testid={testId}>
                {title}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        [hold, expiry].map(({ title, icon, act, testId }) => (
          <Button
            key={testId}
            size="xs"
            leftSection={icon}
            loading={testId === 'release-backup' && release.isPending}
            onClick={act}
            data-testid={testId}
          >
            {title}
          </Button>
        ))
      )}
      {release.error && <ErrorPanel error={release.error} title="It is still held." />}
      {dialog === 'hold' && <HoldDialog backupId={backupId} shortId={shortId} onClose={close} />}
      {dialog === 'expiry' && <ExpiryDialog kept={kept} onClose={close} />}
    </>
  );
}
