import { queryOptions, type QueryClient } from '@tanstack/react-query';

import type { LogLevel, LogLine } from '../../ipc/bindings';
import { call } from '../../ipc/call';
import { commandQuery } from '../../ipc/client';

/** The most lines that one answer may hold. */
const LINES_MAX = 2000;
/** While a run goes on its log is asked for this often; the answer holds only what is new. */
const LOG_EVERY_MS = 1000;

export const jobQuery = (job: string) => commandQuery('job_show', { job });

/** The server is asked where only it knows, so an old answer is not shown. */
export const standingQuery = (job: string) => ({
  ...commandQuery('restore_show', { restore: job }),
  staleTime: 0,
});

/** Private copies on this computer: one that was removed cannot be connected to. */
export const scratchesQuery = () => commandQuery('scratch_list', {});

/** The log so far. Asking again reads only what came after the last line that is here. */
export function logQuery(client: QueryClient, job: string, level: LogLevel, isLive: boolean) {
  const queryKey = ['job_log', { job, level }] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) => {
      let lines = client.getQueryData<LogLine[]>(queryKey) ?? [];
      for (;;) {
        const fresh = await call('job_log', {
          job,
          after: lines.at(-1)?.number ?? 0,
          level,
          limit: LINES_MAX,
        });
        if (fresh.length > 0) lines = [...lines, ...fresh];
        if (fresh.length < LINES_MAX || signal.aborted) return lines;
      }
    },
    refetchInterval: isLive ? LOG_EVERY_MS : false,
    // Lines are never changed once written, so comparing them deeply is wasted.
    structuralSharing: false,
  });
}
