import { commandQuery } from '../../ipc/client';

export const backupQuery = (backup: string) => commandQuery('backup_show', { backup });
export const coverageQuery = (backup: string) => commandQuery('backup_coverage', { backup });
