import { commandQuery } from '../../ipc/client';

/** Time alone changes what it says, so it is asked again each minute. */
export const healthQuery = (project: string) => ({
  ...commandQuery('health', { project }),
  refetchInterval: 60_000,
});

export const removalPlanQuery = (project: string) => ({
  ...commandQuery('project_removal_plan', { project }),
  staleTime: 0,
  gcTime: 0,
});
