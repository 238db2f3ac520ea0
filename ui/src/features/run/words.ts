import type { GoesOnView, JobRow, JobStateView, JobView, PhaseView, VerdictView } from '../../ipc/bindings';
import { bytes, count, counted } from '../../shared/format';
import { ofTotal } from '../../shared/RunPhases';

/** A run that waits or goes on. */
export const isLive = (state: JobStateView): boolean => state === 'queued' || state === 'running';

const NOUNS: Record<string, string> = {
  backup: 'backup',
  restore: 'restore',
  verify: 'verification',
  check: 'check',
  repair: 'repair',
  prune: 'prune',
  copy: 'copy',
  drill: 'drill',
  sample: 'setup',
  pull: 'pull',
  import: 'import',
  export: 'export',
  platform: 'act at its platform',
  retention: 'removal',
};

/** What the run is: `Cancel this backup`. */
export const nounOf = (kind: string): string => NOUNS[kind] ?? 'run';

export const VERDICT_WORDS: Record<VerdictView, string> = {
  pass: 'Pass.',
  fail: 'Fail.',
  inconclusive: 'Inconclusive.',
};

export const STATE_WORDS: Record<JobStateView, string> = {
  queued: 'waits',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

/** How it stands, in a word: what a person ended for now is not called cancelled. */
export const stateWordOf = (state: JobStateView, isPaused: boolean): string =>
  isPaused ? 'paused' : STATE_WORDS[state];

/** Heading over what cancelling would leave, or what is safe to do now. */
export function safeHeading(state: JobStateView): string {
  if (isLive(state)) return 'If you cancel';
  return state === 'succeeded' ? 'Next' : 'What is safe now';
}

/** How long the run has gone on, or took. */
export function ranFor(row: JobRow, now: number): number | null {
  if (row.startedAtMs === null) return null;
  return Math.max(0, (row.finishedAtMs ?? now) - row.startedAtMs);
}

/** What is said aloud when the phases change. */
export function spokenPhase(phases: readonly PhaseView[]): string {
  const current = phases.find(
    (phase) => phase.state === 'running' || phase.state === 'stalled' || phase.state === 'failed',
  );
  if (!current) return '';
  return `${current.title}: ${current.state}.`;
}

/** What closing the window does to this run, and only as far as it is true. */
export function closingSentence(row: JobRow, hasTray: boolean): string {
  const noun = nounOf(row.kind);
  if (!row.isMine) return `Another Holdfast process does this ${noun}; closing this window does not stop it.`;
  if (hasTray) return `You may close this window: the ${noun} continues, and the tray shows it.`;
  return `This ${noun} runs for as long as Holdfast does.`;
}

const STOPPED: Record<string, string> = {
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  failed: 'Stopped',
};

/** `1.2 of 3.11 GB`, or what is here alone where nobody said how much there is. */
const share = (here: number, total: number | null): string =>
  total !== null && total > here ? ofTotal(bytes(here), bytes(total)) : bytes(here);

/** `Paused at 1.2 of 3.11 GB.` */
export function stoppedTitle(state: JobStateView, { isPaused, bytesHere, bytesTotal }: GoesOnView): string {
  const word = isPaused ? 'Paused' : (STOPPED[state] ?? 'Stopped');
  return bytesHere > 0 ? `${word} at ${share(bytesHere, bytesTotal)}.` : `${word} before anything was kept.`;
}

/** What is here and stays, where the next start goes on, and what else is to come. */
export function restWords({ bytesHere, bytesTotal, remoteIds }: GoesOnView): string {
  const here = bytesHere;
  const further =
    remoteIds.length > 1
      ? ` After it ${counted(remoteIds.length - 1, 'more backup')} ${remoteIds.length === 2 ? 'is' : 'are'} to come.`
      : '';
  if (here === 0) return `Nothing of it is here, so it begins at its first byte.${further}`;
  const rest =
    bytesTotal !== null && bytesTotal > here ? `the other ${count(bytesTotal - here)}` : 'the rest';
  return `${count(here)} bytes are here and stay. Going on fetches ${rest}, and at most 8 MiB of each stream a second time. Until all of it is here and was read back, it is no backup.${further}`;
}

/** What pausing leaves, while it can be paused. */
export function pauseWords({ phases }: JobView): string {
  const fetching = phases.find((phase) => phase.state === 'running' || phase.state === 'stalled');
  const here = fetching?.bytes ?? 0;
  const stays =
    here > 0
      ? `What is here stays, ${share(here, fetching?.bytesTotal ?? null)}.`
      : 'What is here by then stays.';
  return `${stays} The next start goes on there, also after a restart of this computer.`;
}
