import type { JobView, StepRequest, StepResultView, StepView } from '../bindings';
import { NOW } from './projects';
import { jobRow, runningJob } from './runs';

const MINUTE = 60_000;

/** What the shop wants done around a restore. */
export const steps: StepView[] = [
  {
    id: 'st-pause',
    title: 'Pause the shop',
    when: 'before',
    act: { kind: 'webhook', url: 'https://ops.shop.example/hooks/pause', header: { name: 'Authorization' } },
    critical: true,
    timeoutSeconds: 30,
    alsoAfterFailure: false,
  },
  {
    id: 'st-page',
    title: 'Put up the maintenance page',
    when: 'before',
    act: {
      kind: 'wait',
      instructions:
        'Switch maintenance on in the console of the load balancer, and wait until the last request has ended.',
    },
    critical: true,
    timeoutSeconds: 3600,
    alsoAfterFailure: false,
  },
  {
    id: 'st-close',
    title: 'Close the tills',
    when: 'before',
    act: {
      kind: 'sql',
      statements: ['update shop set is_open = false', "insert into notices (text) values ('restoring')"],
    },
    critical: true,
    timeoutSeconds: 120,
    alsoAfterFailure: false,
  },
  {
    id: 'st-cache',
    title: 'Empty the cache',
    when: 'after',
    act: { kind: 'program', argv: ['/opt/shop/bin/empty-cache', '--all'] },
    critical: false,
    timeoutSeconds: 600,
    alsoAfterFailure: false,
  },
  {
    id: 'st-resume',
    title: 'Resume the shop',
    when: 'after',
    act: { kind: 'webhook', url: 'https://ops.shop.example/hooks/resume', header: { name: 'Authorization' } },
    critical: true,
    timeoutSeconds: 30,
    alsoAfterFailure: true,
  },
];

/** What the engine keeps of a list that was sent. */
export const keptSteps = (sent: readonly StepRequest[]): StepView[] =>
  sent.map((step, index) => ({
    ...step,
    id: step.id ?? `st-new-${index}`,
    timeoutSeconds: step.timeoutSeconds ?? 30,
    alsoAfterFailure: step.alsoAfterFailure ?? false,
    act:
      step.act.kind === 'webhook'
        ? { ...step.act, header: step.act.header ? { name: step.act.header.name } : null }
        : step.act,
  }));

const WORDS: Record<string, string> = {
  'st-pause':
    'Pause the shop: call https://ops.shop.example; 30 s at most; if it fails, nothing is restored.',
  'st-page':
    'Put up the maintenance page: wait until a person has done it, and says so; 1 h 00 min at most; if it fails, nothing is restored.',
  'st-close':
    'Close the tills: run 2 SQL statements in one transaction on shop; 2 min 00 s at most; if it fails, nothing is restored.',
  'st-cache':
    'Empty the cache: run the program /opt/shop/bin/empty-cache; 10 min 00 s at most; if it fails, the run goes on with a warning.',
  'st-resume':
    'Resume the shop: call https://ops.shop.example, also when the restore failed; 30 s at most; if it fails, the steps after it are not done.',
};

/** The steps as a plan shows them. */
export const plannedSteps = steps.map((step) => ({
  title: step.title,
  when: step.when,
  kind: step.act.kind,
  sentence: WORDS[step.id] ?? '',
  critical: step.critical,
  alsoAfterFailure: step.alsoAfterFailure,
}));

const result = (id: string, given: Partial<StepResultView> = {}): StepResultView => {
  const step = steps.find((one) => one.id === id) ?? steps[0]!;
  return {
    id,
    title: step.title,
    when: step.when,
    kind: step.act.kind,
    sentence: WORDS[id] ?? '',
    critical: step.critical,
    alsoAfterFailure: step.alsoAfterFailure,
    state: 'planned',
    startedAtMs: null,
    elapsedMs: null,
    said: '',
    ...given,
  };
};

/** A restore that waits for a person before anything is changed. */
export const waitingJob: JobView = {
  ...runningJob,
  row: jobRow({
    id: 'j-waiting',
    kind: 'restore',
    title: 'Restoring shop-prod into shop',
    percent: 0,
    phase: 'Steps before',
    waitsFor: 'Put up the maintenance page',
  }),
  sentence: 'From the backup of shop-prod to Postgres 15.8 at db.shop.example:5432.',
  phases: [
    {
      id: 'before',
      title: 'Steps before',
      sentence: WORDS['st-page'] ?? '',
      state: 'running',
      bytes: 0,
      bytesTotal: null,
      rows: 0,
      startedAtMs: NOW - 2 * MINUTE,
      elapsedMs: 2 * MINUTE,
    },
    ...runningJob.phases.map((phase) => ({
      ...phase,
      state: 'waits' as const,
      bytes: 0,
      rows: 0,
      startedAtMs: null,
      elapsedMs: null,
    })),
    {
      id: 'after',
      title: 'Steps after',
      sentence: '“Empty the cache”, “Resume the shop”.',
      state: 'waits',
      bytes: 0,
      bytesTotal: null,
      rows: 0,
      startedAtMs: null,
      elapsedMs: null,
    },
  ],
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  safeNext: 'shop stays byte for byte as it is: nothing is committed before the end.',
  steps: [
    result('st-pause', {
      state: 'ok',
      startedAtMs: NOW - 2 * MINUTE,
      elapsedMs: 340,
      said: 'https://ops.shop.example answered 200',
    }),
    result('st-page', { state: 'waiting', startedAtMs: NOW - 2 * MINUTE }),
    result('st-close'),
    result('st-cache'),
    result('st-resume'),
  ],
  waitsFor: {
    stepId: 'st-page',
    title: 'Put up the maintenance page',
    instructions:
      'Switch maintenance on in the console of the load balancer, and wait until the last request has ended.',
    sinceMs: NOW - 2 * MINUTE,
    untilMs: NOW + 58 * MINUTE,
  },
};

/** A restore that is done, and one of whose steps afterwards failed. */
export const halfDoneJob: JobView = {
  ...waitingJob,
  row: jobRow({
    id: 'j-half',
    kind: 'restore',
    title: 'Restoring shop-prod into shop',
    state: 'failed',
    percent: 97,
    phase: null,
    finishedAtMs: NOW - 60_000,
    outcome:
      'shop IS restored, but the step “Resume the shop” after it failed: https://ops.shop.example did not answer within 30 seconds',
  }),
  waitsFor: null,
  safeNext: 'shop is restored. Undo it with `holdfast restore undo j-half`.',
  phases: waitingJob.phases.map((phase) => ({
    ...phase,
    state: phase.id === 'after' ? 'failed' : 'done',
    startedAtMs: NOW - 3 * MINUTE,
    elapsedMs: 4000,
  })),
  error: {
    code: 'step_failed_after_restore',
    message:
      'shop IS restored, but the step “Resume the shop” after it failed: https://ops.shop.example did not answer within 30 seconds',
    hint: 'Do by hand what was not done: “Resume the shop”. The restore itself stands; `holdfast restore show j-half` says how it can be undone.',
    retry: 'after_fix',
    reportId: '51c0de77',
  },
  steps: [
    result('st-pause', { state: 'ok', elapsedMs: 340, said: 'https://ops.shop.example answered 200' }),
    result('st-page', { state: 'ok', elapsedMs: 184_000, said: 'a person said that it is done' }),
    result('st-close', { state: 'ok', elapsedMs: 45, said: '2 statements, 2 rows' }),
    result('st-cache', {
      state: 'failed',
      elapsedMs: 1200,
      said: 'empty-cache ended with status 1: no route to cache-2.shop.example',
    }),
    result('st-resume', {
      state: 'failed',
      elapsedMs: 30_000,
      said: 'https://ops.shop.example did not answer within 30 seconds',
    }),
  ],
};
