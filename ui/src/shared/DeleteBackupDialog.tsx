import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { DeletionPlan } from '../ipc/bindings';
import { commandQuery, useCommand } from '../ipc/client';
import { ErrorPanel } from './ErrorPanel';
import { moment } from './format';
import { Block, Bullets, Row, Text } from './Layout';
import { LoadingLines } from './LoadingLines';
import { Moment } from './Moment';
import { Note } from './Panel';
import { isConfirmed, TypedConfirm } from './TypedConfirm';

interface DialogProps {
  /** The backup to delete; absent while the dialog is closed. */
  backupId: string | null;
  onClose: () => void;
  onDeleted: () => void;
}

function Plan({ plan, onClose, onDeleted }: { plan: DeletionPlan } & Omit<DialogProps, 'backupId'>) {
  const [typed, setTyped] = useState('');
  const remove = useCommand('backup_delete', { onSuccess: onDeleted });
  if (plan.refusal !== null) {
    return (
      <>
        <Note state="warn" title="This backup cannot be deleted.">
          {plan.refusal}
        </Note>
        <Row gap={2} align="stretch" justify="end" top={5}>
          <Button data-autofocus onClick={onClose}>
            Keep it
          </Button>
        </Row>
      </>
    );
  }
  return (
    <>
      <Bullets top={0} bottom={4} tone="soft" size="md" leading={1.5}>
        {plan.effects.map((effect, at) => (
          <li key={at}>{effect}</li>
        ))}
      </Bullets>
      {plan.newestVerifiedAfter && (
        <Text bottom={4} tone="soft" size="sm">
          The newest recovery point stays <Moment ms={plan.newestVerifiedAfter.atMs} />.
        </Text>
      )}
      <TypedConfirm
        expected={plan.confirm}
        what="the short id of the backup"
        value={typed}
        onChange={setTyped}
        testId="confirm-name"
      />
      {remove.error && (
        <Block top={3}>
          <ErrorPanel error={remove.error} />
        </Block>
      )}
      <Row gap={2} align="stretch" justify="end" top={5}>
        <Button onClick={onClose}>Keep it</Button>
        <Button
          variant="danger-filled"
          disabled={!isConfirmed(plan.confirm, typed)}
          loading={remove.isPending}
          onClick={() => remove.mutate({ backup: plan.backup.id, confirm: typed })}
          data-testid="delete-backup-confirm"
        >
          Delete the backup of {moment(plan.backup.atMs)}
        </Button>
      </Row>
    </>
  );
}

function Content({ backupId, ...rest }: DialogProps & { backupId: string }) {
  // Asked for afresh each time: what may be deleted changes with every verification.
  const { data, error, refetch } = useQuery({
    ...commandQuery('backup_deletion_plan', { backup: backupId }),
    staleTime: 0,
    gcTime: 0,
  });
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingLines what="what deleting would do" />;
  return <Plan plan={data} {...rest} />;
}

/** Deletes one backup: what would happen, then its short id typed, then the act. */
export function DeleteBackupDialog({ backupId, onClose, onDeleted }: DialogProps) {
  return (
    <Modal opened={backupId !== null} onClose={onClose} title="Delete this backup" size="32rem">
      {backupId !== null && <Content backupId={backupId} onClose={onClose} onDeleted={onDeleted} />}
    </Modal>
  );
}
