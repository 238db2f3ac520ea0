import { Button } from '@mantine/core';
import { IconRuler2 } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';

import type { SiftBackups } from '../../ipc/bindings';
import { call } from '../../ipc/call';
import { commandQuery } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import classes from './BackupTotals.module.css';

interface BackupTotalsProps {
  project: string | null;
  sift: SiftBackups | null;
}

/** What the backups in sight take, as the list knows it; and, measured in the vault when asked, what would be free without them. */
export function BackupTotals({ project, sift }: BackupTotalsProps) {
  const asked = { project, ...(sift === null ? {} : { sift }) };
  const { data: sums, error } = useQuery(commandQuery('backup_sums', asked));
  // Measured once for what it was asked for; another filter is another question.
  const space = useMutation({ mutationKey: ['backup_space'], mutationFn: () => call('backup_space', asked) });
  if (error) return <ErrorPanel error={error} title="What they take could not be read." />;
  if (sums?.backups === 0) return null;
  if (!sums) return <div className={classes.totals} aria-hidden />;
  const which =
    sift === null ? (project === null ? 'every backup' : 'every backup of this project') : 'these backups';
  return (
    <div className={classes.totals} data-testid="backup-totals">
      <p>
        {counted(sums.backups, 'backup')} with <b>{bytes(sums.sizeBytes)}</b> in them. They added{' '}
        <b>{bytes(sums.addedBytes)}</b> to the vault when they were made; what is the same in several is
        stored once.
      </p>
      {space.data ? (
        <p data-testid="backup-space" aria-live="polite">
          Without {which} <b>{bytes(space.data.aloneBytes)}</b> of the vault’s {bytes(space.data.storedBytes)}{' '}
          would be free
          {space.data.unusedBytes > 0 ? (
            <>
              , beside <b>{bytes(space.data.unusedBytes)}</b> that nothing needs any more and a prune frees
              now.
            </>
          ) : (
            '. There is nothing in it now that nobody needs.'
          )}
        </p>
      ) : (
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconRuler2 aria-hidden />}
          loading={space.isPending}
          onClick={() => space.mutate()}
          data-testid="measure-space"
        >
          Measure what would be free without them
        </Button>
      )}
      {space.error && <ErrorPanel error={space.error} title="The vault could not be measured." />}
    </div>
  );
}
