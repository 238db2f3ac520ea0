import { Button, Group, Modal, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useDisclosure } from '@mantine/hooks';

import type { JobView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { nounOf } from './words';

/** Cancels a run, after saying in the engine's own words what stays. */
export function CancelRun({ job }: { job: JobView }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const cancel = useCommand('job_cancel', { onSuccess: close });
  const noun = nounOf(job.row.kind);

  return (
    <>
      <Button variant="danger" leftSection={<IconX aria-hidden />} onClick={open} data-testid="run-cancel">
        Cancel this {noun}
      </Button>
      <Modal opened={isOpen} onClose={close} title={`Cancel this ${noun}?`}>
        <Text size="md">{job.safeNext || `The ${noun} stops at once.`}</Text>
        {cancel.error && <ErrorPanel error={cancel.error} />}
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button data-autofocus onClick={close}>
            Keep it running
          </Button>
          <Button
            variant="danger-filled"
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ job: job.row.id })}
            data-testid="run-cancel-confirm"
          >
            Cancel this {noun}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
