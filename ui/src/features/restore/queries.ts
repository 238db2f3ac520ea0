import { commandQuery } from '../../ipc/client';

export const backupQuery = (backup: string) => commandQuery('backup_show', { backup });

export const projectsQuery = () => commandQuery('project_list', {});

export const projectQuery = (project: string) => commandQuery('project_show', { project });
