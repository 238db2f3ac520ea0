import { Button, Modal, Textarea } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import { useCommand } from '../../ipc/client';
import { announce } from '../announce';
import { Equivalent } from '../Equivalent';
import { DialogFoot } from '../DialogFoot';
import { ErrorPanel } from '../ErrorPanel';

const REASON_MAX = 300;

/** Holds a backup with a reason: neither a policy nor a person deletes it until it is released. */
export function HoldDialog({
  backupId,
  shortId,
  onClose,
}: {
  backupId: string;
  shortId: string;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const hold = useCommand('backup_hold', {
    onSuccess: () => {
      announce('The backup is held.');
      onClose();
    },
  });
  const isEmpty = reason.trim() === '';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!isEmpty) hold.mutate({ backup: backupId, reason: reason.trim() });
  };
  return (
    <Modal opened onClose={onClose} title="Hold this backup" size="32rem">
      <form onSubmit={onSubmit} style={{ display: 'grid', gap: 'var(--space-4)' }}>
        <p>Neither a policy nor a person deletes it until somebody releases it.</p>
        <Textarea
          label="Why"
          placeholder="the audit of 2026"
          value={reason}
          maxLength={REASON_MAX}
          rows={2}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-testid="hold-reason"
          data-autofocus
        />
        {hold.error && <ErrorPanel error={hold.error} title="It is not held." />}
        <Equivalent
          asked={{ of: 'backup_hold', request: { backup: shortId, reason: reason.trim() || 'TEXT' } }}
        />
        <DialogFoot reason={isEmpty ? 'Whoever finds it held wants to know why.' : null}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={isEmpty}
            loading={hold.isPending}
            data-testid="hold-confirm"
          >
            Hold it
          </Button>
        </DialogFoot>
      </form>
    </Modal>
  );
}
