import { commandQuery } from '../../ipc/client';

/** The same question whichever side is asked for first, so that a swap asks nobody. */
export const diffQuery = (left: string, right: string) => {
  const [one = left, other = right] = [left, right].toSorted();
  return commandQuery('backup_diff', { one, other });
};
