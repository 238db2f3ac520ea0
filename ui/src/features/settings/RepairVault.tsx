import { Button, Modal } from '@mantine/core';
import { IconTool } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';

/** Makes the vault's index again from what its packs hold; also for a vault that does not open for its index. */
export function RepairVault({ isOff }: { isOff: boolean }) {
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const repair = useCommand('vault_repair', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  return (
    <>
      <Button
        leftSection={<IconTool aria-hidden />}
        disabled={isOff}
        onClick={() => setOpen(true)}
        data-testid="repair-vault"
      >
        Repair…
      </Button>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title="Repair the vault" size="34rem">
        <Stack gap={4}>
          <p>
            Every pack is read, and the index made again from what is whole. What is readable in damaged packs
            is saved; backups that are not whole are named. Nothing but old index files is removed, and nobody
            else can use the vault meanwhile.
          </p>
          {repair.error && <ErrorPanel error={repair.error} title="The repair did not start." />}
          <CommandLine command="holdfast vault repair" />
          <DialogFoot>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button
              variant="filled"
              loading={repair.isPending}
              onClick={() => repair.mutate({})}
              data-testid="repair-start"
            >
              Repair the vault
            </Button>
          </DialogFoot>
        </Stack>
      </Modal>
    </>
  );
}
