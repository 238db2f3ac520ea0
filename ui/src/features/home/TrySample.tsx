import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';

/** Starts a small private server with a database to play with, and shows its run. */
export function TrySample() {
  const navigate = useNavigate();
  const sample = useCommand('sample_add', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  return (
    <>
      <Button loading={sample.isPending} onClick={() => sample.mutate({})} data-testid="try-sample">
        Try the sample project
      </Button>
      {sample.isError && (
        <ErrorPanel
          error={sample.error}
          title="The sample could not be set up."
          onRetry={() => sample.mutate({})}
        />
      )}
    </>
  );
}
