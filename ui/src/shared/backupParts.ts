import type { BackupView } from '../ipc/bindings';

/** Whether a backup holds a database: without one there is nothing to restore or to drill. */
export const holdsDatabase = ({ row }: Pick<BackupView, 'row'>): boolean => row.components.includes('database');
