import { commandQuery } from '../../ipc/client';

export const projectQuery = (project: string) => commandQuery('project_show', { project });
export const planQuery = (project: string) => commandQuery('backup_plan', { project, reason: null });
export const appStateQuery = () => commandQuery('app_state', {});

/** What has to be entered for each platform; it does not change while the window lives. */
export const formsQuery = () => ({ ...commandQuery('platform_forms', {}), staleTime: Infinity });
