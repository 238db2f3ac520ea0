import type {
  PlatformKindView,
  StepActRequest,
  StepRequest,
  StepTimeView,
  StepView,
} from '../../ipc/bindings';
import type { StepKind } from '../../shared/stepKinds';

/** A step that is being edited. What is secret stays here until it is saved, and is shown nowhere. */
export interface DraftStep extends StepRequest {
  /** Tells steps of the list apart, also new ones. */
  key: string;
  timeoutSeconds: number;
  alsoAfterFailure: boolean;
  /** The header whose value rests in the keychain, and for which server. */
  stored: { name: string; origin: string } | null;
}

/** How long a kind of step usually takes, and at most (seconds); the engine has the last word. */
export const LIMITS: Record<StepKind, { usual: number; most: number }> = {
  sql: { usual: 120, most: 3600 },
  webhook: { usual: 30, most: 600 },
  program: { usual: 600, most: 21_600 },
  wait: { usual: 3600, most: 86_400 },
  pause: { usual: 600, most: 3600 },
  resume: { usual: 600, most: 3600 },
};

/** Acts that are given on the command line only. */
export const isFixed = (kind: string): boolean => kind === 'sql' || kind === 'program';

/** Scheme, host and port of an address; empty where it is none. */
export function originOf(url: string): string {
  try {
    const { origin, protocol } = new URL(url.trim());
    return protocol === 'http:' || protocol === 'https:' ? origin : '';
  } catch {
    return '';
  }
}

export const draftOf = (steps: readonly StepView[]): DraftStep[] =>
  steps.map((step) => ({
    ...step,
    key: step.id,
    act:
      step.act.kind === 'webhook'
        ? { ...step.act, header: step.act.header && { name: step.act.header.name, value: null } }
        : step.act,
    stored:
      step.act.kind === 'webhook' && step.act.header
        ? { name: step.act.header.name, origin: originOf(step.act.url) }
        : null,
  }));

let made = 0;

/** Acts that are given in the window. */
export type NewKind = Exclude<StepKind, 'sql' | 'program'>;

/** What can be added at a time: only a platform that pauses projects is asked for that. */
export const newKinds = (when: StepTimeView, pauses: boolean): NewKind[] => [
  'webhook',
  'wait',
  ...(pauses ? [when === 'before' ? ('pause' as const) : ('resume' as const)] : []),
];

/** Platforms that pause and resume a project by a call. */
export const pausesThere = (platform: PlatformKindView | null): boolean =>
  platform === 'supamanager' || platform === 'supabase';

const blankAct = (kind: NewKind): StepActRequest => {
  if (kind === 'webhook') return { kind, url: '', header: null };
  return kind === 'wait' ? { kind, instructions: '' } : { kind };
};

const TITLES: Partial<Record<NewKind, string>> = { pause: 'Pause the project', resume: 'Resume the project' };

export function newStep(kind: NewKind, when: StepTimeView): DraftStep {
  made += 1;
  // What was paused is resumed also when nothing was restored, unless somebody says otherwise.
  return {
    key: `new-${made}`,
    id: null,
    title: TITLES[kind] ?? '',
    when,
    act: blankAct(kind),
    critical: true,
    timeoutSeconds: LIMITS[kind].usual,
    alsoAfterFailure: kind === 'resume',
    stored: null,
  };
}

/** The list as it is sent. */
export const requestOf = (steps: readonly DraftStep[]): StepRequest[] =>
  steps.map(({ id, title, when, act, critical, timeoutSeconds, alsoAfterFailure }) => ({
    id,
    title: title.trim(),
    when,
    act,
    critical,
    timeoutSeconds,
    // What comes before cannot also come after a failure.
    alsoAfterFailure: when === 'after' && alsoAfterFailure,
  }));

/** Steps of a time, in order. */
export const stepsAt = (steps: readonly DraftStep[], when: StepTimeView): DraftStep[] =>
  steps.filter((step) => step.when === when);

/** Moves a step by one place among those of its time. */
export function moved(steps: readonly DraftStep[], key: string, by: 1 | -1): DraftStep[] {
  const step = steps.find((one) => one.key === key);
  if (!step) return [...steps];
  const peers = stepsAt(steps, step.when);
  const at = peers.indexOf(step);
  const other = peers[at + by];
  if (!other) return [...steps];
  return steps.map((one) => (one === step ? other : one === other ? step : one));
}

/** Puts a step in its place, or at the end of the list. */
export const withStep = (steps: readonly DraftStep[], step: DraftStep): DraftStep[] =>
  steps.some(({ key }) => key === step.key)
    ? steps.map((one) => (one.key === step.key ? step : one))
    : [...steps, step];

/** Whether anything differs from what is saved. */
export const hasChanged = (steps: readonly DraftStep[], saved: readonly StepView[]): boolean =>
  JSON.stringify(requestOf(steps)) !== JSON.stringify(requestOf(draftOf(saved)));

/** What keeps a step from being saved, by field; the engine looks again. */
export function problems(
  step: DraftStep,
  others: readonly DraftStep[],
): Partial<Record<'title' | 'url' | 'header' | 'value' | 'instructions' | 'timeout', string>> {
  const found: ReturnType<typeof problems> = {};
  const title = step.title.trim();
  if (title === '') found.title = 'Give it a title.';
  if (others.some((one) => one.key !== step.key && one.title.trim().toLowerCase() === title.toLowerCase()))
    found.title = 'Another step has this title.';
  const { most } = LIMITS[step.act.kind];
  if (!Number.isInteger(step.timeoutSeconds) || step.timeoutSeconds < 1 || step.timeoutSeconds > most)
    found.timeout = `1 to ${most} seconds.`;
  if (step.act.kind === 'wait' && step.act.instructions.trim() === '')
    found.instructions = 'Say what the person has to do.';
  if (step.act.kind === 'webhook') {
    const { url, header } = step.act;
    if (originOf(url) === '') found.url = 'Give an address that begins with https:// or http://.';
    if (header) {
      if (header.name.trim() === '') found.header = 'Give its name, for instance Authorization.';
      const isStored =
        step.stored !== null &&
        step.stored.name.toLowerCase() === header.name.trim().toLowerCase() &&
        step.stored.origin === originOf(url);
      if (!header.value && !isStored)
        found.value = step.stored
          ? 'The stored value belongs to another server or name. Enter it for this one.'
          : 'Enter its value; it rests in the keychain.';
    }
  }
  return found;
}

/** What a step does, in a few words. Paths of addresses often hold a token, so the host stands for all. */
export function actWords(act: StepActRequest): string {
  switch (act.kind) {
    case 'sql':
      return `${act.statements.length === 1 ? '1 SQL statement' : `${act.statements.length} SQL statements`} in one transaction`;
    case 'webhook':
      return `Calls ${originOf(act.url) || 'an address'}${act.header ? ` with the secret ${act.header.name}` : ''}`;
    case 'program':
      return `Runs ${act.argv[0] ?? 'a program'}`;
    case 'wait':
      return act.instructions;
    case 'pause':
      return 'Its platform is asked, and the run goes on once the project is paused there';
    case 'resume':
      return 'Its platform is asked, and the run goes on once the project runs again';
  }
}
