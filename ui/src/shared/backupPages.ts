import { infiniteQueryOptions } from '@tanstack/react-query';

import { call } from '../ipc/call';

/** Rows of one answer; the list asks for the next when its end comes near. */
export const PAGE_ROWS = 200;

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
