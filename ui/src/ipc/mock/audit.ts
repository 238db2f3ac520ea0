import type { AuditEntryView, AuditPage, AuditVerdict, ListAudit } from '../bindings';
import { fail, type Handlers } from './index';
import { NOW } from './projects';

const ACTS = [
  ['backup.finished', 'Backup made', 'project', { run: '5d2c0f8e9a174b6c8d1e2f3a4b5c6d7e', verdict: 'pass' }],
  ['backup.started', 'Backup started', 'project', { run: '5d2c0f8e9a174b6c8d1e2f3a4b5c6d7e' }],
  ['vault.key_used', 'Key of the vault used', 'vault', { why: 'to open it' }],
  [
    'restore.refused',
    'Restore refused',
    'plan',
    {
      code: 'not_confirmed',
      database: 'shop_copy',
      how: 'new_database',
      server: 'owner@db.shop.example:5432/postgres',
    },
  ],
  [
    'restore.planned',
    'Restore planned',
    'plan',
    { database: 'shop_copy', how: 'new_database', server: 'owner@db.shop.example:5432/postgres' },
  ],
  ['backup.deleted', 'Backup deleted', 'backup', {}],
  [
    'backup.failed',
    'Backup failed',
    'project',
    { code: 'connection_refused', run: '77aa0f8e9a174b6c8d1e2f3a4b5c6d7e' },
  ],
  ['settings.changed', 'Settings changed', '', { appearance: 'dark', 'tool directories': '0' }],
] as const;

const PROJECTS = [
  'shop-prod',
  'blog',
  'a project with a name that is as long as names may be, which is eighty characters',
];
const hex = (seed: number) =>
  Array.from({ length: 8 }, (_, at) =>
    ((seed * 2_654_435_761 + at * 40_503) >>> 0).toString(16).padStart(8, '0'),
  ).join('');

function entryOf(seq: number, total: number): AuditEntryView {
  const [act, title, kind, facts] = ACTS[seq % ACTS.length] ?? ACTS[0];
  const isFirst = seq === 1;
  return {
    seq,
    atMs: NOW - (total - seq) * 1_700_000,
    who: seq % 5 === 0 ? 'deploy' : 'anna',
    host: 'laptop',
    origin: seq % 5 === 0 ? 'command line' : 'window',
    process: seq % 5 === 0 ? 'holdfast[5120]' : 'holdfast-desktop[4711]',
    act: isFirst ? 'chain.started' : act,
    title: isFirst ? 'Log begun' : title,
    subjectKind: isFirst ? '' : kind,
    subjectId: isFirst || kind === '' ? '' : hex(seq).slice(0, 32),
    subjectName:
      isFirst || kind === '' ? '' : kind === 'vault' ? 'Anchor' : (PROJECTS[seq % PROJECTS.length] ?? ''),
    facts: isFirst ? [] : Object.entries(facts).map(([name, value]) => ({ name, value })),
    prev: isFirst ? '0'.repeat(64) : hex(seq - 1),
    hash: hex(seq),
  };
}

const LOGS: Record<number, AuditEntryView[]> = {};

/** A page of a log with `length` entries, sifted as the engine does. */
export function auditPage(length: number, request: ListAudit): AuditPage {
  const all = (LOGS[length] ??= Array.from({ length }, (_, at) => entryOf(length - at, length)));
  const found = all.filter(
    (entry) =>
      (request.act === null || entry.act.startsWith(request.act)) &&
      (request.sinceMs === null || entry.atMs >= request.sinceMs) &&
      (request.text === null || JSON.stringify(entry).toLowerCase().includes(request.text.toLowerCase())),
  );
  const rest = found.filter((entry) => request.before === null || entry.seq < request.before);
  return { total: found.length, entries: rest.slice(0, request.limit) };
}

export const wholeChain: AuditVerdict = {
  isWhole: true,
  sentence:
    'The chain is whole: 10000 entries, each bound to the one before it. It agrees with what 20 backups say of it.',
  entries: 10_000,
  firstAtMs: NOW - 90 * 86_400_000,
  lastAtMs: NOW,
  lastHash: hex(10_000),
  broken: null,
  headBehind: 0,
  backupsCompared: 20,
  notCompared: null,
};

export const brokenChain: AuditVerdict = {
  ...wholeChain,
  isWhole: false,
  sentence: 'The chain is broken at entry 9812. Entry 9812 was changed: its hash is another.',
  broken: { seq: 9812, problem: 'Entry 9812 was changed: its hash is another.' },
};

/** Answers about the audit chain. */
export function auditOf(scenario: string) {
  return {
    audit_list: (request) =>
      scenario === 'error'
        ? fail({
            code: 'audit_unreadable',
            message: 'the audit log cannot be read: the catalogue refused: database disk image is malformed',
            hint: 'Keep a copy of the profile’s folder as it is; then look at `catalog.db` with the tools of SQLite.',
          })
        : auditPage(scenario === 'empty' ? 0 : 10_000, request),
    audit_verify: () => (scenario === 'long' ? brokenChain : wholeChain),
    audit_export: ({ path }) => ({ path, entries: 10_000 }),
  } satisfies Partial<Handlers>;
}
