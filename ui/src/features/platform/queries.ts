import type { PlanRemoteRestore } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';

/** What the platform says now. It is asked over the network, so it is not asked for every glance at the window. */
export const platformQuery = (project: string) => ({
  ...commandQuery('platform_show', { project }),
  refetchOnWindowFocus: false,
});

/** Plans are made anew each time: they hold for a short time only. */
export const deletionPlanQuery = (project: string, id: string) => ({
  ...commandQuery('platform_deletion_plan', { project, id }),
  staleTime: 0,
  gcTime: 0,
  refetchOnWindowFocus: false,
});
export const restorePlanQuery = (request: PlanRemoteRestore) => ({
  ...commandQuery('platform_restore_plan', request),
  staleTime: 0,
  gcTime: 0,
  refetchOnWindowFocus: false,
});
