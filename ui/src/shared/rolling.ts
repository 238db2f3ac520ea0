import type { RollingView } from '../ipc/bindings';
import { commandQuery } from '../ipc/client';
import { day } from './format';

export const rollingQuery = () => commandQuery('vault_rolling', {});

/** How far the data was read again: `5 of 12 parts read since 3 Nov; everything was last read by 2 Nov.` */
export function rollingSentence({ parts, done, startedAtMs, lastFinishedAtMs }: RollingView): string {
  const now = startedAtMs === null ? null : `${done.length} of ${parts} parts read since ${day(startedAtMs)}`;
  const all = lastFinishedAtMs === null ? null : `everything was last read by ${day(lastFinishedAtMs)}`;
  if (now === null && all === null)
    return 'Not read again yet. Backups read a bit of what was there before, at most every hour.';
  const said = [now, all].filter(Boolean).join('; ');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}
