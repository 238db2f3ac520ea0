import type { PlanRemoteImport } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';

export const backupQuery = (backup: string) => commandQuery('backup_show', { backup });
export const coverageQuery = (backup: string) => commandQuery('backup_coverage', { backup });
export const projectsQuery = () => commandQuery('project_list', {});

/** What the platform says now. It is asked over the network, so it is not asked for every glance at the window. */
export const platformQuery = (project: string) => ({
  ...commandQuery('platform_show', { project }),
  refetchOnWindowFocus: false,
});

/** A plan is made anew each time: it holds for a short time only. */
export const importPlanQuery = (request: PlanRemoteImport) => ({
  ...commandQuery('platform_import_plan', request),
  staleTime: 0,
  gcTime: 0,
  refetchOnWindowFocus: false,
});
