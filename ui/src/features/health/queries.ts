import { commandQuery } from '../../ipc/client';

/** Time alone changes what it says, so it is asked again each minute. */
export const healthQuery = (project: string | null) => ({
  ...commandQuery('health', { project }),
  refetchInterval: 60_000,
});
export const plotsQuery = (project: string, days: number, table: string | null) =>
  commandQuery('health_plots', { project, days, table });
export const projectsQuery = () => commandQuery('project_list', {});
