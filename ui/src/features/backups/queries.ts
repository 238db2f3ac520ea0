import { keepPreviousData } from '@tanstack/react-query';

import { commandQuery } from '../../ipc/client';

export const growthQuery = (project: string, days: number) =>
  commandQuery('backup_growth', { project, days });

/** What a backup would do: read from the server each time it is asked for. */
export const backupPlanQuery = (project: string, only: string[]) => ({
  ...commandQuery('backup_plan', { project, reason: null, only }),
  placeholderData: keepPreviousData,
  staleTime: 0,
  gcTime: 0,
});
