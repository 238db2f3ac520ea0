import { infiniteQueryOptions } from '@tanstack/react-query';

import type { SiftBackups } from '../ipc/bindings';
import { call } from '../ipc/call';

/** Rows of one answer; the list asks for the next when its end comes near. */
export const PAGE_ROWS = 200;

/** Pages of backups, newest first; of one project or of the whole vault, all or those that a filter leaves. */
export const backupsQuery = (project: string | null, sift: SiftBackups | null = null) =>
  infiniteQueryOptions({
    queryKey: ['backup_list', { project, limit: PAGE_ROWS, sift }] as const,
    queryFn: ({ pageParam }) =>
      call('backup_list', {
        project,
        offset: pageParam,
        limit: PAGE_ROWS,
        ...(sift === null ? {} : { sift }),
      }),
    initialPageParam: 0,
    getNextPageParam: (last, _pages, offset) => {
      const next = offset + last.backups.length;
      return last.backups.length > 0 && next < last.total ? next : undefined;
    },
  });
