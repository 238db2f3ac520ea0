import type { PlatformView, ProjectState, RemoteBackupView, RemoteScheduleView } from '../../ipc/bindings';
import { count, counted, span } from '../../shared/format';

export const isNew = (backup: RemoteBackupView): boolean => backup.backupId === null && backup.canDownload;
export const newest = (view: PlatformView): RemoteBackupView | undefined =>
  view.backups.find((backup) => backup.state === 'completed');

const NUMBERS = [
  'None',
  'One',
  'Two',
  'Three',
  'Four',
  'Five',
  'Six',
  'Seven',
  'Eight',
  'Nine',
  'Ten',
  'Eleven',
  'Twelve',
];

/** The answer of the tab: `3 of its 12 backups are here. The newest is 5 h old and not here yet.` */
export function heroSentence(view: PlatformView, now: number): string {
  const all = view.total ?? view.backups.length;
  if (all === 0) return `${view.platform} has no backup of it yet.`;
  const here = view.backups.filter((backup) => backup.backupId !== null).length;
  const share =
    here === all
      ? all === 1
        ? 'Its one backup is here.'
        : `All of its ${count(all)} backups are here.`
      : `${here === 0 ? NUMBERS[0] : count(here)} of its ${counted(all, 'backup')} ${here === 1 ? 'is' : 'are'} here.`;
  const last = newest(view);
  if (!last) return `${share} None of them is done, as ${view.platform} says.`;
  const age =
    last.createdAtMs === null
      ? 'The newest has no time'
      : `The newest is ${span(now - last.createdAtMs)} old`;
  return `${share} ${age} and ${last.backupId === null ? (last.canDownload ? 'not here yet' : 'cannot be pulled') : 'here'}.`;
}

/** How a backup stands there, as its platform says. */
export function stateOf({ state, percent }: RemoteBackupView): { state: ProjectState; words: string } {
  if (state === 'completed') return { state: 'idle', words: 'done, it says' };
  if (state === 'failed') return { state: 'danger', words: 'failed there' };
  if (state === 'creating')
    return { state: 'running', words: percent === null ? 'being made' : `being made, ${percent} %` };
  return { state: 'inconclusive', words: state };
}

const EVERY: Record<string, string> = { hourly: 'every hour', daily: 'every day', weekly: 'every week' };

/** `every day at 02:00 UTC, full, the last 14 kept`. */
export function scheduleWords({ enabled, frequency, time, kind, retention }: RemoteScheduleView): string {
  if (!enabled) return 'off';
  const at = frequency === 'hourly' ? '' : ` at ${time} UTC`;
  return [
    `${EVERY[frequency] ?? frequency}${at}`,
    kind,
    retention === null ? null : `the last ${count(retention)} kept`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
