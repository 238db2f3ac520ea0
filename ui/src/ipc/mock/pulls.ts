import type { JobView } from '../bindings';
import { NOW } from './projects';
import { jobRow, phase, runningJob } from './runs';

const MINUTE = 60_000;

export const pullJob: JobView = {
  ...runningJob,
  row: jobRow({
    id: 'j-pull',
    kind: 'pull',
    title: 'Pulling booking-manager',
    projectId: 'p-booking-manager',
    project: 'booking-manager',
    percent: 38,
    phase: 'Fetch',
  }),
  sentence: 'From SupaManager at manager.example to vault “Anchor”.',
  phases: [
    phase('ask', 'Ask', 'What SupaManager has, and what of it is here.', 'done', { elapsedMs: 900 }),
    phase('fetch', 'Fetch', '3.11 GB from SupaManager, with 8 streams.', 'running', {
      startedAtMs: NOW - 40_000,
      elapsedMs: 40_000,
      bytes: 1_200_000_000,
      bytesTotal: 3_110_000_000,
    }),
    phase('open', 'Open', 'Every layer and part of it, checked; nothing in it is run.', 'waits'),
    phase('vault', 'Vault', 'Its parts to “Anchor”, then read back.', 'waits'),
    phase(
      'verify',
      'Verify',
      'Read every block back from “Anchor”, list the archive. Only then it counts.',
      'waits',
    ),
  ],
  facts: [{ name: 'Started', value: 'by hand', note: null }],
  canPause: true,
  safeNext:
    'What was fetched stays, and the next pull goes on from there. Nothing of it is in the list of backups.',
};

/** The same, paused in the middle. */
export const pausedJob: JobView = {
  ...pullJob,
  canPause: false,
  row: jobRow({
    ...pullJob.row,
    id: 'j-paused',
    state: 'cancelled',
    finishedAtMs: NOW - MINUTE,
    startedAtMs: NOW - 2 * MINUTE,
    outcome: 'Paused. What was fetched stays here, and is no backup yet.',
  }),
  phases: pullJob.phases.map((each) => (each.state === 'running' ? { ...each, state: 'failed' } : each)),
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  goesOn: {
    remoteIds: ['rb-11'],
    bytesHere: 1_203_339_264,
    bytesTotal: 3_110_000_000,
    needsPassphrase: false,
    isPaused: true,
  },
};

/** Killed in the middle of several, the first of them encrypted. */
export const killedPullJob: JobView = {
  ...pausedJob,
  row: jobRow({
    ...pausedJob.row,
    id: 'j-killed',
    state: 'interrupted',
    outcome: 'Interrupted: its process ended.',
  }),
  goesOn: {
    remoteIds: ['rb-11', 'rb-08', 'rb-05'],
    bytesHere: 1_203_339_264,
    bytesTotal: 3_110_000_000,
    needsPassphrase: true,
    isPaused: false,
  },
  safeNext: 'It is safe to go on with it: what was fetched is used, and only the rest is fetched.',
};

/** A download whose server went away for good. */
export const failedPullJob: JobView = {
  ...pausedJob,
  row: jobRow({
    ...pausedJob.row,
    id: 'j-pull-failed',
    state: 'failed',
    outcome: 'the server gives nothing any more',
  }),
  error: {
    code: 'download_stalled',
    message: 'nothing came for 10 minutes: the connection gave nothing any more',
    hint: 'See whether this computer and the server are online, then go on: what came is kept.',
    retry: 'now',
    reportId: '88a1c0de',
  },
  goesOn: {
    remoteIds: ['rb-11'],
    bytesHere: 1_203_339_264,
    bytesTotal: 3_110_000_000,
    needsPassphrase: false,
    isPaused: false,
  },
};

/** An import that is done. */
export const importJob: JobView = {
  ...pullJob,
  canPause: false,
  row: jobRow({
    id: 'j-import',
    kind: 'import',
    title: 'Importing into shop-prod',
    state: 'succeeded',
    percent: 100,
    phase: null,
    startedAtMs: NOW - 120_000,
    finishedAtMs: NOW - 1000,
    outcome: 'Readable: 39 tables, 11,912,400 rows, 24,016 files.',
  }),
  sentence: 'full_20261114_020003.tar.gz.enc to vault “Anchor”.',
  phases: pullJob.phases.slice(2).map((each) => ({ ...each, state: 'done', elapsedMs: 30_000 })),
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  backupId: 'b-shop-prod',
  verdict: 'pass',
};
