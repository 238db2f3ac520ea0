import type { JobRow, JobView, LogLine, PhaseView, RestoreView, UserError } from '../bindings';
import { NOW } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const refused: UserError = {
  code: 'wrong_password',
  message: 'the server refused the password of holdfast_reader at 10.4.0.9:5432',
  hint: 'Enter the new password in the connection, then test it.',
  retry: 'after_fix',
  reportId: '7f3a91c2',
};

export function jobRow(given: Partial<JobRow> & { id: string }): JobRow {
  return {
    kind: 'backup',
    title: 'Backing up shop-prod',
    projectId: 'p-shop-prod',
    project: 'shop-prod',
    state: 'running',
    percent: 61,
    phase: 'Dump',
    waitsFor: null,
    trigger: 'by hand',
    isMine: true,
    createdAtMs: NOW - 3 * MINUTE,
    startedAtMs: NOW - 161_000,
    finishedAtMs: null,
    outcome: null,
    ...given,
  };
}

export const phase = (
  id: string,
  title: string,
  sentence: string,
  state: PhaseView['state'],
  more: Partial<PhaseView> = {},
): PhaseView => ({
  id,
  title,
  sentence,
  state,
  bytes: 0,
  bytesTotal: null,
  rows: 0,
  startedAtMs: null,
  elapsedMs: null,
  ...more,
});

export const runningJob: JobView = {
  row: jobRow({ id: 'j-running' }),
  sentence: 'From shop at db.shop.example to vault “Anchor”.',
  phases: [
    phase('snapshot', 'Snapshot', 'One moment for the whole database, from db.shop.example.', 'done', {
      startedAtMs: NOW - 161_000,
      elapsedMs: 1200,
    }),
    phase('dump', 'Dump', '42 tables, from shop into the vault.', 'running', {
      startedAtMs: NOW - 159_000,
      elapsedMs: 159_000,
      bytes: 4_310_000_000,
      bytesTotal: 9_230_000_000,
      rows: 7_204_911,
    }),
    phase('vault', 'Vault', 'Manifest and snapshot to “Anchor”, then read back.', 'waits'),
    phase(
      'verify',
      'Verify',
      'Read every block back from “Anchor”, compare its hash or seal, list the archive. Only then it counts.',
      'waits',
    ),
  ],
  bytesPerSecond: 48_000_000,
  leftLowMs: 2 * MINUTE,
  leftHighMs: 4 * MINUTE,
  reason: 'Before migration split_addresses',
  facts: [
    { name: 'Why', value: 'Before migration split_addresses', note: null },
    { name: 'Started', value: 'by hand', note: null },
    { name: 'Moment', value: 'today 11:14:03', note: 'LSN 4/9E2A11D8' },
    { name: 'Adds', value: '312 MB so far', note: 'of 4.31 GB read; the rest was already there' },
  ],
  safeNext: 'Nothing is left that looks like a backup. What is already in the vault is used by the next run.',
  steps: [],
  mayBePaused: false,
  waitsFor: null,
  error: null,
  backupId: null,
  restore: null,
  verdict: null,
  file: null,
  madeProject: null,
  canPause: false,
  goesOn: null,
  undoesParts: false,
  logLines: 214,
  logWarnings: 3,
  logErrors: 0,
};

export const failedJob: JobView = {
  ...runningJob,
  row: jobRow({
    id: 'j-failed',
    title: 'Backing up delivery-ops',
    projectId: 'p-delivery-ops',
    project: 'delivery-ops',
    state: 'failed',
    percent: 4,
    phase: 'Snapshot',
    trigger: 'command line',
    finishedAtMs: NOW - 20 * HOUR,
    startedAtMs: NOW - 20 * HOUR - 2400,
    createdAtMs: NOW - 20 * HOUR - 3000,
    outcome: 'The server refused the password of holdfast_reader.',
  }),
  sentence: 'From ops at 10.4.0.9 to vault “Anchor”.',
  phases: runningJob.phases.map((each, index) => ({
    ...each,
    state: index === 0 ? 'failed' : 'waits',
    bytes: 0,
    bytesTotal: null,
    rows: 0,
    elapsedMs: index === 0 ? 2400 : null,
  })),
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  error: refused,
  logLines: 6,
  logWarnings: 0,
  logErrors: 1,
  safeNext: 'The newest recovery point stays where it was. Put the password right, then start again.',
};

export const restored: RestoreView = {
  id: 'r-1',
  jobId: 'j-restored',
  backupId: 'b-shop-prod',
  database: 'shop',
  target: 'Postgres 15.8 at db.shop.example:5432',
  verdict: 'pass',
  reason: 'All 42 tables came back with the rows of the manifest.',
  tablesChecked: 42,
  rowsChecked: 12_491_902,
  differences: [],
  checks: [],
  notes: ['role "postgres" is not created again: it exists'],
  restoreMs: 12 * MINUTE,
  limits: [],
  checkMs: 41_000,
  connect: "psql 'postgresql://holdfast_admin@db.shop.example:5432/shop'",
  scratchId: null,
  steps: [],
};

/** A swap: the safety backup first, then the restore, then the names. */
const recovery: PhaseView[] = [
  phase(
    'snapshot',
    'Snapshot',
    'Safety backup: one moment of shop as it is now, held open for every reader.',
    'done',
    {
      startedAtMs: NOW - 14 * MINUTE,
      elapsedMs: 1200,
    },
  ),
  phase(
    'dump',
    'Dump',
    'Safety backup: every table of shop as it is now into vault “Anchor”, hashed as it is written.',
    'done',
    {
      elapsedMs: 192_000,
      bytes: 9_230_000_000,
      bytesTotal: 9_230_000_000,
    },
  ),
  phase('vault', 'Vault', 'Safety backup: manifest and snapshot to “Anchor”, then read back.', 'done', {
    elapsedMs: 900,
  }),
  phase(
    'verify',
    'Verify',
    'Safety backup: read every block back from “Anchor”, list the archive. Only then it counts.',
    'done',
    {
      elapsedMs: 48_000,
      bytes: 312_000_000,
      bytesTotal: 312_000_000,
    },
  ),
  phase('prepare', 'Prepare', 'Create a database beside shop on db.shop.example.', 'done', {
    elapsedMs: 700,
  }),
  phase('structure', 'Structure', 'Schemas, types, 42 tables and functions.', 'done', { elapsedMs: 2100 }),
  phase('rows', 'Rows', '9.23 GB from the vault into COPY, several tables at once.', 'running', {
    startedAtMs: NOW - 3 * MINUTE,
    elapsedMs: 180_000,
    bytes: 5_700_000_000,
    bytesTotal: 9_230_000_000,
    rows: 7_204_911,
  }),
  phase(
    'indexes',
    'Indexes',
    'Indexes, constraints and triggers, in parallel; beside them, rows and fingerprints of every table.',
    'waits',
  ),
  phase('check', 'Check', 'Nothing differs from the manifest, no index is half-built.', 'waits'),
  phase('switch', 'Switch', 'The restored database becomes shop, in one transaction.', 'waits'),
];

const recoveryFacts = [
  { name: 'Backup', value: '8c04d2 of shop-prod', note: 'today 09:02' },
  { name: 'Into', value: 'shop', note: 'Postgres 15.8 at db.shop.example:5432' },
];

export const restoringJob: JobView = {
  ...runningJob,
  row: jobRow({
    id: 'j-restoring',
    kind: 'restore',
    title: 'Restoring shop-prod into shop',
    percent: 58,
    phase: 'Rows',
  }),
  sentence: 'From vault “Anchor” into shop on db.shop.example:5432.',
  phases: recovery,
  facts: recoveryFacts,
  safeNext: 'shop is as it was; the database beside it is dropped.',
};

export const restoredJob: JobView = {
  ...restoringJob,
  row: jobRow({
    id: 'j-restored',
    kind: 'restore',
    title: 'Restoring shop-prod into shop',
    state: 'succeeded',
    percent: 100,
    phase: null,
    finishedAtMs: NOW - HOUR,
    startedAtMs: NOW - HOUR - 13 * MINUTE,
    outcome: 'Restored and checked: 42 tables, 12,491,902 rows.',
  }),
  phases: recovery.map((each) => ({ ...each, state: 'done', elapsedMs: each.elapsedMs ?? 12_000 })),
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  restore: restored,
  verdict: 'pass',
};

export const doneJob: JobView = {
  ...runningJob,
  row: jobRow({
    id: 'j-done',
    state: 'succeeded',
    percent: 100,
    phase: null,
    finishedAtMs: NOW - 2 * HOUR,
    outcome: 'Readable: 13.07 GB, 42 tables, 12,480,113 rows.',
  }),
  phases: runningJob.phases.map((each) => ({
    ...each,
    state: 'done',
    elapsedMs: 42_000,
    bytes: 9_230_000_000,
    bytesTotal: 9_230_000_000,
  })),
  bytesPerSecond: null,
  leftLowMs: null,
  leftHighMs: null,
  backupId: 'b-shop-prod',
  verdict: 'pass',
};

export const exportedJob: JobView = {
  ...doneJob,
  row: jobRow({
    id: 'j-exported',
    kind: 'export',
    title: 'Exporting a backup of shop-prod',
    state: 'succeeded',
    percent: 100,
    phase: null,
    startedAtMs: NOW - 4 * MINUTE,
    finishedAtMs: NOW - MINUTE,
    outcome:
      '5 files in /media/stick/shop-prod-2026-11-21.tar.zst, 2.9 GB. Every checksum was read back from it.',
  }),
  sentence:
    'Backup b-shop-p (the whole backup) from vault “Anchor” to /media/stick/shop-prod-2026-11-21.tar.zst, not encrypted: whoever has the file can read all data in it.',
  phases: [
    phase(
      'read',
      'Look',
      'The manifest and the list of files, from “Anchor”; the space where the file goes.',
      'done',
      { elapsedMs: 300 },
    ),
    phase(
      'write',
      'Write',
      'From “Anchor” to /media/stick/shop-prod-2026-11-21.tar.zst, packed with zstd; every file is held against the manifest.',
      'done',
      {
        elapsedMs: 142_000,
        bytes: 13_070_000_000,
        bytesTotal: 13_070_000_000,
      },
    ),
    phase(
      'check',
      'Check',
      'Read back from the disk, every checksum in it compared. Only then the file gets its name.',
      'done',
      {
        elapsedMs: 38_000,
        bytes: 13_070_000_000,
        bytesTotal: 13_070_000_000,
      },
    ),
  ],
  facts: [
    { name: 'From', value: 'b-shop-p of shop-prod', note: 'the whole backup' },
    {
      name: 'To',
      value: '/media/stick/shop-prod-2026-11-21.tar.zst',
      note: 'as one file, not encrypted: whoever has the file can read all data in it',
    },
  ],
  verdict: null,
  file: {
    path: '/media/stick/shop-prod-2026-11-21.tar.zst',
    sizeBytes: 2_904_118_022,
    sha256: '41fe'.repeat(16),
    isEncrypted: false,
    openedWith: 'zstd -dc /media/stick/shop-prod-2026-11-21.tar.zst | tar -x',
  },
};

/** A pull that fetches. */
/** Files that came back to where they were. */
export const partsJob: JobView = {
  ...doneJob,
  row: jobRow({
    id: 'j-parts',
    kind: 'restore',
    title: 'Restoring stored files of shop-prod',
    projectId: 'p-shop-prod',
    project: 'shop-prod',
    state: 'succeeded',
    percent: 100,
    phase: null,
    startedAtMs: NOW - HOUR,
    finishedAtMs: NOW - HOUR + 41_000,
    createdAtMs: NOW - HOUR,
    outcome:
      'Wrote 15 files with 4.2 MB. 24,001 files were as in the backup. All of it was read back, and every hash matched.',
  }),
  sentence: 'From backup 9f2c11ab to where they came from in shop-prod.',
  verdict: 'pass',
  undoesParts: true,
};

export const jobs: JobView[] = [runningJob, doneJob, restoredJob, failedJob];

export const log: LogLine[] = Array.from({ length: 40 }, (_, index) => ({
  number: index + 1,
  atMs: NOW - 160_000 + index * 3100,
  level: index === 12 ? 'warning' : index === 31 ? 'error' : 'info',
  phase: index < 3 ? 'snapshot' : 'dump',
  message:
    index === 0
      ? 'exported 00000F2A-0000B1C4-1 at LSN 4/9E2A11D8'
      : index === 12
        ? 'table vat_rates is new since 09:02; it is included'
        : index === 31
          ? 'connection lost after 4.1 GB; trying again in 2 s'
          : `public.order_items_${index}: 312,044 rows, 41 MB`,
}));
