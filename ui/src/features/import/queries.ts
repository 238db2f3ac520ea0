import { commandQuery } from '../../ipc/client';

export const appStateQuery = () => commandQuery('app_state', {});
export const projectsQuery = () => commandQuery('project_list', {});
export const jobQuery = (job: string) => commandQuery('job_show', { job });

/** Looks at one file. It may be another one the next time, so no answer is kept; and reading gigabytes again must not begin by itself. */
export const inspectQuery = (path: string) => ({
  ...commandQuery('bundle_inspect', { paths: [path], passphrase: null }),
  staleTime: Infinity,
  gcTime: 0,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
});
