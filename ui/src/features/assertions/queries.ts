import { commandQuery } from '../../ipc/client';

/** The project's assertions. The command line adds them, so that what is known is looked at again whenever the window comes back. */
export const assertionsQuery = (project: string) => ({
  ...commandQuery('assertion_list', { project }),
  staleTime: 0,
});
