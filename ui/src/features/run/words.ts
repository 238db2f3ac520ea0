import type { JobRow, JobStateView, PhaseView, VerdictView } from '../../ipc/bindings';

/** A run that waits or goes on. */
export const isLive = (state: JobStateView): boolean => state === 'queued' || state === 'running';

const NOUNS: Record<string, string> = { backup: 'backup', restore: 'restore', verify: 'verification', check: 'check', repair: 'repair', prune: 'prune', drill: 'drill', sample: 'setup', pull: 'pull', import: 'import', export: 'export', platform: 'act at its platform' };

/** What the run is: `Cancel this backup`. */
export const nounOf = (kind: string): string => NOUNS[kind] ?? 'run';

export const VERDICT_WORDS: Record<VerdictView, string> = { pass: 'Pass.', fail: 'Fail.', inconclusive: 'Inconclusive.' };

export const STATE_WORDS: Record<JobStateView, string> = {
  queued: 'waits',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

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
  const current = phases.find((phase) => phase.state === 'running' || phase.state === 'stalled' || phase.state === 'failed');
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
