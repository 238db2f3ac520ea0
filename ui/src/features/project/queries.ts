import { commandQuery } from '../../ipc/client';

export const projectQuery = (project: string) => commandQuery('project_show', { project });

/** Time alone changes what it says, so it is asked again each minute. */
export const healthQuery = (project: string) => ({
  ...commandQuery('health', { project }),
  refetchInterval: 60_000,
});

export const growthQuery = (project: string, days: number) =>
  commandQuery('backup_growth', { project, days });

export const stepsQuery = (project: string) => commandQuery('recovery_steps_show', { project });

/** Every restore that was applied; the panel shows those of its project. */
export const restoresQuery = () => commandQuery('restore_list', {});

/** What a backup would do: read from the server each time it is asked for. */
export const backupPlanQuery = (project: string) => ({
  ...commandQuery('backup_plan', { project }),
  staleTime: 0,
  gcTime: 0,
});

export const removalPlanQuery = (project: string) => ({
  ...commandQuery('project_removal_plan', { project }),
  staleTime: 0,
  gcTime: 0,
});

/** The project's assertions. The command line adds them, so that what is known is looked at again whenever the window comes back. */
export const assertionsQuery = (project: string) => ({
  ...commandQuery('assertion_list', { project }),
  staleTime: 0,
});
