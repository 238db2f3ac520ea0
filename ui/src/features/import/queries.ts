import { queryOptions, skipToken, type QueryClient } from '@tanstack/react-query';
import type { InspectionView, LookProgress } from '../../ipc/bindings';
import { inspectFiles, type CommandError } from '../../ipc/call';
import { commandQuery } from '../../ipc/client';

export const appStateQuery = () => commandQuery('app_state', {});
export const projectsQuery = () => commandQuery('project_list', {});
export const jobQuery = (job: string) => commandQuery('job_show', { job });

/** How far the look at a file is; nobody is asked, a look says it. */
export const lookProgressQuery = (path: string) =>
  queryOptions<LookProgress | null>({
    queryKey: ['look_progress', path],
    queryFn: skipToken,
    staleTime: Infinity,
  });

/** Looks at one file. It may be another one the next time, so no answer is kept; and reading gigabytes again must not begin by itself. */
export const inspectQuery = (client: QueryClient, path: string) =>
  queryOptions<InspectionView[], CommandError>({
    queryKey: ['bundle_inspect', { paths: [path], passphrase: null }],
    queryFn: ({ signal }) => {
      client.setQueryData(lookProgressQuery(path).queryKey, null);
      // Whoever leaves the page needs no answer: the signal ends the reading too.
      return inspectFiles(
        { paths: [path], passphrase: null },
        (at) => client.setQueryData(lookProgressQuery(path).queryKey, at),
        signal,
      );
    },
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
