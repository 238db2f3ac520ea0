import { commandQuery } from '../../ipc/client';

export const backupQuery = (backup: string) => commandQuery('backup_show', { backup });

/** Which tables of a backup point to which. */
export const referencesQuery = (backup: string) => commandQuery('backup_references', { backup });

export const projectsQuery = () => commandQuery('project_list', {});

export const projectQuery = (project: string) => commandQuery('project_show', { project });

/** The last proof of each level of these backups, and how long a drill of each would take. */
export const proofsQuery = (backups: readonly string[]) =>
  commandQuery('proof_standing', { backups: [...backups] });

/** Every restore that was applied; the panel shows those of its project. */
export const restoresQuery = () => commandQuery('restore_list', {});
