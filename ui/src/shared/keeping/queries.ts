import { commandQuery } from '../../ipc/client';

/** What becomes of these backups; at most a page of them. */
export const fatesQuery = (backups: readonly string[]) =>
  commandQuery('backup_fates', { backups: [...backups] });
