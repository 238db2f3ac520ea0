import { infiniteQueryOptions } from '@tanstack/react-query';

import { call } from '../../ipc/call';
import { commandQuery } from '../../ipc/client';

/** Rows of one answer; the list asks for the next when its end comes near. */
export const PAGE_ROWS = 200;

export const projectQuery = (project: string) => commandQuery('project_show', { project });

export const growthQuery = (project: string, days: number) => commandQuery('backup_growth', { project, days });

/** Pages of backups, newest first. */
export const backupsQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: ['backup_list', { project, limit: PAGE_ROWS }] as const,
    queryFn: ({ pageParam }) => call('backup_list', { project, offset: pageParam, limit: PAGE_ROWS }),
    initialPageParam: 0,
    getNextPageParam: (last, _pages, offset) => {
      const next = offset + last.backups.length;
      return last.backups.length > 0 && next < (last.total ?? 0) ? next : undefined;
    },
  });

/** What a backup would do: read from the server each time it is asked for. */
export const backupPlanQuery = (project: string) => ({ ...commandQuery('backup_plan', { project }), staleTime: 0, gcTime: 0 });

export const removalPlanQuery = (project: string) => ({ ...commandQuery('project_removal_plan', { project }), staleTime: 0, gcTime: 0 });
