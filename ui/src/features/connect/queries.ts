import { commandQuery } from '../../ipc/client';

export const projectQuery = (project: string) => commandQuery('project_show', { project });
export const planQuery = (project: string) => commandQuery('backup_plan', { project });
export const appStateQuery = () => commandQuery('app_state', {});
