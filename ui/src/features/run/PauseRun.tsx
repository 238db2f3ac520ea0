import { Button } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';

import type { JobView } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';

/** Ends a download for now. It takes nothing away and is gone on with by one click, so it is not asked about. */
export function PauseRun({ job, onError }: { job: JobView; onError: (error: CommandError | null) => void }) {
  const pause = useCommand('job_pause', { onError, onMutate: () => onError(null) });
  const isPausing = pause.isPending || pause.isSuccess;
  return (
    <Button
      leftSection={<IconPlayerPause aria-hidden />}
      loading={isPausing}
      onClick={() => pause.mutate({ job: job.row.id })}
      data-testid="run-pause"
    >
      {isPausing ? 'Pausing' : 'Pause'}
    </Button>
  );
}
