import type { AskDrill } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';

/** As many as the plot and its table show. */
export const DRILLS_MAX = 60;

export const drillsQuery = (project: string | null) =>
  commandQuery('drill_list', { project, limit: DRILLS_MAX });
export const drillQuery = (drill: string) => commandQuery('drill_show', { drill });
export const goalQuery = (project: string) => commandQuery('goal_show', { project });
export const projectsQuery = () => commandQuery('project_list', {});

/** What stands in a drill's way: read from the vault and the server each time it is asked for. */
export const drillPlanQuery = (ask: AskDrill) => ({
  ...commandQuery('drill_plan', ask),
  staleTime: 0,
  gcTime: 0,
});
