import type { PlannedTable, RestorePlanView, TargetIdentityView, TargetRequest } from '../bindings';
import type { Request } from '../call';
import { NOW } from './projects';
import { backups, TABLES } from './backups';
import { plannedSteps } from './steps';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What a swap calls the database of before. */
export const BEFORE = 'shop_before_20261121_1116';
const LONG = 'a_very_long_table_name_that_an_orm_generated_from_a_join_of_two_other_names';

const table = (name: string, given: Partial<PlannedTable> = {}): PlannedTable => ({
  schema: 'public',
  name,
  rows: 12_480,
  sizeBytes: 4_100_000,
  act: 'replace',
  rowsNow: 12_480,
  isEstimate: false,
  rowsBack: 0,
  rowsLost: 0,
  rowsChanged: 0,
  rowsKept: null,
  ...given,
});

/** What replacing the whole database would do: rows come back, and newer ones go. */
const replaced: PlannedTable[] = [
  table('events', {
    rowsNow: 4_918_204,
    rows: 4_906_771,
    rowsLost: 11_433,
    rowsChanged: null,
    rowsKept: null,
    isEstimate: true,
  }),
  table('order_items', { rowsNow: 512_904, rows: 512_297, rowsLost: 607 }),
  table('orders', { rowsNow: 184_212, rows: 184_006, rowsLost: 206 }),
  table('payments', { rowsNow: 183_907, rows: 183_702, rowsLost: 205 }),
  table('carts', { rowsNow: 9_114, rows: 9_377, rowsBack: 402, rowsLost: 139 }),
  table('customers', { rowsNow: 61_338, rows: 62_542, rowsBack: 1_235, rowsLost: 31 }),
  table('vat_rates', {
    rowsNow: 27,
    rows: null,
    rowsBack: null,
    rowsLost: 27,
    rowsChanged: null,
    rowsKept: null,
    act: 'delete',
  }),
  table('addresses', { rowsNow: 70_112, rows: 71_380, rowsBack: 1_290, rowsLost: 22 }),
  table('products', { rowsChanged: 14 }),
  ...Array.from({ length: 33 }, (_, index) =>
    table(`table_${index}`, { rows: 900 + index, rowsNow: 900 + index }),
  ),
];

const identity: TargetIdentityView = {
  server: 'Postgres 15.8 at db.shop.example:5432',
  systemIdentifier: '7301442881402718233',
  database: 'shop',
  oid: 16_402,
  owner: 'shop_owner',
  sizeBytes: 9_600_000_000,
  tableCount: 42,
  connections: Array.from({ length: 14 }, (_, index) => ({
    user: index < 11 ? 'shop_app' : 'reporting',
    application: index < 11 ? `web-${index % 4}` : 'metabase',
    from: index < 11 ? `10.4.0.${20 + index}` : 'local',
    state: index === 0 ? 'active' : index === 5 ? 'idle in transaction' : 'idle',
    sinceMs: (index + 1) * 4 * MINUTE,
  })),
};

const sum = (tables: readonly PlannedTable[], of: (one: PlannedTable) => number | null) =>
  tables.reduce((total, one) => total + (of(one) ?? 0), 0);

function plan(given: Partial<RestorePlanView>): RestorePlanView {
  const tables = given.tables ?? [];
  return {
    id: 'plan-1',
    backupId: 'b-shop-prod',
    project: 'shop-prod',
    atMs: NOW - 2 * HOUR - 14 * MINUTE,
    level: 'readable',
    strategy: 'new_database',
    mode: null,
    targetDatabase: 'shop',
    target: 'Postgres 15.8 at db.shop.example:5432, system 7301442881402718233',
    targetLabel: 'production',
    identity: null,
    beside: null,
    keepUntilMs: null,
    safety: { kind: 'not_needed' },
    letsWritersWrite: null,
    afterMs: null,
    endsConnections: false,
    act: 'Create the database shop_restored',
    undo: 'Drop the database shop_restored; no other database is touched.',
    restoreId: null,
    estimate: {
      ms: 340_000,
      isGuess: false,
      basis: 'As the drill of 14 Nov 2026 03:20:11 took, scaled from 12.4 GB to 13.07 GB.',
    },
    rowsBack: sum(tables, (one) => one.rowsBack),
    rowsLost: sum(tables, (one) => one.rowsLost),
    isEstimate: tables.some((one) => one.rowsNow !== null && one.rowsChanged === null),
    rows: sum(tables, (one) => one.rows),
    sizeBytes: 13_070_000_000,
    neededBytes: 18_000_000_000,
    freeBytes: null,
    wall: null,
    keptDatabases: ['postgres', 'metabase'],
    steps: [],
    recoverySteps: [],
    warnings: [],
    blockers: [],
    rightsLost: [],
    rightsLostCount: 0,
    leftOut: [],
    instead: null,
    remedies: [],
    madeAtMs: NOW,
    validUntilMs: NOW + HOUR,
    command: 'holdfast restore plan 8c04d2 --scratch --out plan.json',
    ...given,
    tables,
  };
}

const created = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    table(TABLES[index] ?? `table_${index}`, {
      rows: Math.round(7_204_911 / (index + 1)),
      sizeBytes: Math.round(4_100_000_000 / (index + 1)),
      act: 'create',
      rowsNow: null,
      rowsBack: Math.round(7_204_911 / (index + 1)),
      rowsLost: null,
      rowsChanged: null,
      rowsKept: null,
    }),
  );

function newDatabase(target: TargetRequest, count: number): RestorePlanView {
  if (target.kind === 'scratch')
    return plan({
      strategy: 'scratch',
      target: 'a private Postgres 15.10 on this computer',
      targetLabel: null,
      tables: created(count),
      freeBytes: 412_000_000_000,
      wall: { state: 'whole', word: 'whole', said: 'no program, no file of others, no network' },
      keptDatabases: [],
      act: 'Restore to look inside',
      undo: 'Remove the scratch database; it is on this computer alone.',
      steps: [
        'Make a private Postgres on this computer that nobody else can reach, walled in by the system (no program, no file of others, no network).',
        'Make the roles that the archive names, without passwords.',
        `Restore shop with ${count} tables into it.`,
        'Compare rows and fingerprints of every table with the manifest.',
      ],
      warnings: [
        'The data lies unencrypted in a private folder on this computer until you remove the scratch database.',
      ],
    });
  const name = 'name' in target ? target.name : 'shop_restored';
  return plan({
    targetDatabase: name,
    tables: created(count),
    act: `Create the database ${name}`,
    undo: `Drop the database ${name}; no other database is touched.`,
    keptDatabases: ['postgres', 'shop'],
    steps: [
      `Create the database ${name} on db.shop.example.`,
      `Load 13.07 GB from the vault into ${count} tables, the largest first; nothing is written to this disk.`,
      'Set sequences, build indexes, constraints and triggers.',
      'Compare rows and fingerprints of every table with the manifest.',
      'If any step fails, the new database is dropped again; no other database is touched.',
    ],
    command: `holdfast restore plan 8c04d2 --to-new-database ${name} --on shop-prod --out plan.json`,
  });
}

const SAFETY_STEP = 'Back up shop-prod as it is now, and read it back. If that fails, nothing is restored.';

function whole(kind: 'swap' | 'in_place', tables: PlannedTable[]): RestorePlanView {
  const swap = kind === 'swap';
  return plan({
    strategy: kind,
    tables: swap
      ? tables
      : tables.map((one) =>
          one.act === 'delete' ? { ...one, act: 'keep', rowsBack: null, rowsLost: null } : one,
        ),
    identity,
    safety: { kind: 'planned', project: 'shop-prod' },
    beside: swap ? BEFORE : null,
    endsConnections: swap,
    act: `Replace ${tables.filter((one) => one.act === 'replace').length} tables in shop`,
    undo: swap
      ? `Change the names back: ${BEFORE} becomes shop again. Rows written since would stay in the other.`
      : 'Restore the safety backup in place, as a plan of its own.',
    steps: swap
      ? [
          SAFETY_STEP,
          'Restore 13.07 GB into a new database beside shop; nobody notices.',
          'Compare rows and fingerprints of every table with the manifest; if they differ, stop here.',
          'Give it the owner, rights, settings and limits that shop has now.',
          'End 14 sessions, with your consent.',
          `Change both names in one transaction: shop becomes ${BEFORE}, the restored one shop.`,
          `${BEFORE} stays until you discard it.`,
        ]
      : [
          SAFETY_STEP,
          'Begin one transaction; applications wait, or fail, until it ends.',
          'Drop what the backup replaces, and make it again from the backup.',
          'Load 13.07 GB from the vault into 41 tables; build indexes and constraints.',
          'Commit. At any error before, shop stays byte for byte as it is.',
        ],
    command: `holdfast restore plan 8c04d2 ${swap ? '--swap' : '--in-place'} --on shop-prod --out plan.json`,
  });
}

const ACT_OF = { beside: 'create', replace: 'replace', missing_rows: 'add', merge: 'merge' } as const;

function some(target: TargetRequest & { kind: 'tables' }): RestorePlanView {
  const { mode, tables: names } = target;
  const known = replaced.filter((one) => names.includes(`${one.schema}.${one.name}`));
  const tables = known.map((one): PlannedTable => ({
    ...one,
    act: ACT_OF[mode],
    rowsLost: mode === 'replace' ? one.rowsLost : mode === 'beside' ? null : 0,
    rowsBack: mode === 'beside' ? one.rows : one.rowsBack,
    ...(mode === 'merge' && { rowsKept: (one.rowsChanged ?? 0) > 0 ? 2 : 0 }),
  }));
  const words = `${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`;
  return plan({
    strategy: 'tables',
    mode,
    tables,
    identity,
    safety: { kind: 'planned', project: 'shop-prod' },
    beside: mode === 'beside' ? 'restored_20261121_1116' : null,
    sizeBytes: 41_000_000,
    neededBytes: 82_000_000,
    act:
      mode === 'beside'
        ? `Restore ${words} beside those in shop`
        : mode === 'replace'
          ? `Replace ${words} in shop`
          : mode === 'merge'
            ? `Take back the damage in ${words} of shop`
            : `Bring back the missing rows of ${words} in shop`,
    undo:
      mode === 'beside'
        ? 'Drop the schema restored_20261121_1116.'
        : 'Replace the tables from the safety backup, as a plan of its own.',
    steps: [
      SAFETY_STEP,
      'In one transaction: lock the tables, set their triggers, rules and foreign keys aside.',
      mode === 'missing_rows'
        ? 'Add the rows whose key is missing; every row that is there stays as it is.'
        : mode === 'merge'
          ? 'Bring back the rows that were deleted between the two backups, and set back the columns that were changed between them; what was changed, added or deleted since stays.'
          : 'Empty them, load 41 MB from the vault, compare rows and fingerprints.',
      'Put triggers, rules and foreign keys back, which checks every row; then commit.',
    ],
    command: `holdfast restore plan 8c04d2 --tables ${names.slice(0, 3).join(',')} --${mode.replace('_', '-')} --on shop-prod --out plan.json`,
  });
}

/** All rows that an ordinary role may write; what is the platform's own stays. */
function allRows({ project, mode, makes }: TargetRequest & { kind: 'all_rows' }): RestorePlanView {
  const left = (schema: string, name: string, why: string) => ({ schema, name, why });
  const tables = replaced.slice(0, 30).map((one) => `${one.schema}.${one.name}`);
  const planned = some({ kind: 'tables', project, tables, mode });
  const made = 'In one transaction: make what is not there: 2 schemas, 4 types, 30 tables, 41 functions.';
  return {
    ...planned,
    ...(makes
      ? {
          act: 'Make and fill 30 tables in shop',
          rowsBack: sum(planned.tables, (one) => one.rows),
          rowsLost: 0,
          isEstimate: false,
          steps: [
            made,
            ...planned.steps,
            'Make indexes, constraints, triggers and policies that are not there, and give owners and rights as far as the role may.',
            'Compare constraints, indexes, owners and rights with the backup; what differs is named.',
          ],
          tables: planned.tables.map((one) => ({
            ...one,
            act: 'create' as const,
            rowsNow: null,
            rowsBack: one.rows,
            rowsLost: null,
            rowsChanged: null,
            rowsKept: null,
          })),
          warnings: [
            'Whether postgres may make this is known only when it is tried; what the server refuses is left out and named: the event trigger ensure_rls.',
          ],
        }
      : {}),
    leftOut: [
      left(
        'auth',
        'schema_migrations',
        'it records which migrations were applied to the tables there, and these stay',
      ),
      left('public', 'carts_archive', 'it is not there any more'),
      left(
        'storage',
        'vector_indexes',
        'it belongs to supabase_storage_admin, and holdfast may not empty it',
      ),
    ],
    command: `holdfast restore plan 8c04d2 --all-rows --${mode.replace('_', '-')}${makes ? ' --make-missing' : ''} --on shop-prod --out plan.json`,
  };
}

/** The plan that the engine would make, and what a scenario adds to it. */
export function planOf(
  { target, noSafetyBecause, letWritersWrite = false, after = null }: Request<'restore_plan'>,
  scenario = 'home',
): RestorePlanView {
  const count = scenario === 'tables' ? 10_000 : 42;
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...(replaced[index % 42] ?? table('events')),
    name: `table_${index}`,
  }));
  let made: RestorePlanView =
    target.kind === 'swap' || target.kind === 'in_place'
      ? whole(target.kind, scenario === 'tables' ? many : replaced)
      : target.kind === 'tables'
        ? some(target)
        : target.kind === 'all_rows'
          ? allRows(target)
          : newDatabase(target, count);
  if (
    made.safety.kind === 'planned' &&
    (made.strategy === 'in_place' || made.mode === 'replace' || made.mode === 'merge')
  )
    made = {
      ...made,
      letsWritersWrite: letWritersWrite,
      steps: [
        letWritersWrite
          ? 'Let writers go on until the safety backup is made; then they wait until the restore has ended. Rows that they delete meanwhile are not counted.'
          : 'Let writers to the tables that are replaced wait.',
        ...made.steps,
      ],
      command: letWritersWrite ? `${made.command} --let-writers-write` : made.command,
    };
  if (after !== null)
    made = {
      ...made,
      afterMs: backups.find(({ id }) => id === after)?.atMs ?? null,
      warnings: [
        'Everything that was deleted or changed between the two backups counts as damage, the work of others too. The later backup is of 21 Nov, 11:16: the sooner after the damage it was made, the less of that.',
        '2 rows that the damage had changed or deleted stay, in whole or in part, as now: somebody changed, deleted or made them again since.',
      ],
      command: made.command.replace(
        'restore plan 8c04d2',
        `restore plan 8c04d2 --after ${after.slice(0, 8)}`,
      ),
    };
  if (noSafetyBecause && made.safety.kind === 'planned')
    made = {
      ...made,
      safety: { kind: 'declined', reason: noSafetyBecause },
      letsWritersWrite: null,
      steps: [
        `No safety backup, since: ${noSafetyBecause}.`,
        ...made.steps.slice(made.steps.indexOf(SAFETY_STEP) + 1),
      ],
      command: `${made.command} --no-safety-backup '${noSafetyBecause}'`,
    };
  if (scenario === 'blocked' && target.kind !== 'all_rows')
    return {
      ...made,
      instead:
        made.identity === null
          ? null
          : 'holdfast restore plan 8c04d2 --all-rows --replace --on shop-prod --out plan.json',
      blockers: [
        'The role billing does not exist on that server. Run there: create role "billing" nologin;',
        'The role Reporting & Co does not exist on that server. Run there: create role "Reporting & Co" nologin;',
        'The extension pgvector 0.7 is in the backup, and that server does not offer it.',
      ],
      remedies: ['billing', 'Reporting & Co'].map((role, at) => ({
        at,
        of: `The role ${role} does not exist on that server. Run there: create role "${role}" nologin;`,
        obstacle: `The role ${role} does not exist on that server.`,
        sql: `create role "${role}" nologin;`,
      })),
    };
  if (scenario === 'steps' && made.identity !== null) {
    const sentences = (when: 'before' | 'after') =>
      plannedSteps.filter((one) => one.when === when).map(({ sentence }) => sentence);
    const all = [...sentences('before'), ...made.steps, ...sentences('after')];
    return {
      ...made,
      steps: all,
      recoverySteps: plannedSteps.map((one) => ({ ...one, at: all.indexOf(one.sentence) })),
    };
  }
  if (scenario === 'stale') return { ...made, validUntilMs: NOW - 1000 };
  if (scenario === 'long')
    return {
      ...made,
      targetDatabase: `${LONG}_database`.slice(0, 63),
      act: `Replace 41 tables in ${LONG.slice(0, 63)}`,
      target: 'Postgres 15.8 at some-very-long-host-name.internal.region-eu-central-1.provider.example:6543',
      tables: made.tables.map((one, index) => ({ ...one, name: `${LONG}_${index}` })),
    };
  return made;
}

/** The undo of a swap: the databases change their names again. */
export function undoPlan(restoreId: string): RestorePlanView {
  return plan({
    id: 'plan-undo',
    restoreId,
    strategy: 'swap_back',
    identity,
    level: null,
    beside: 'shop_restored_20261121_1240',
    endsConnections: true,
    tables: replaced
      .filter((one) => one.rows !== null)
      .map((one, index) => ({
        ...one,
        rowsNow: (one.rows ?? 0) + (index < 2 ? 24 : 0),
        rowsBack: 0,
        rowsLost: index < 2 ? 24 : 0,
        rowsChanged: null,
        rowsKept: null,
        isEstimate: false,
      })),
    sizeBytes: 0,
    neededBytes: 0,
    act: 'Put shop back as it was',
    undo: 'Restore again; shop_restored_20261121_1240 holds what was restored.',
    warnings: ['48 rows written since the restore stay in shop_restored_20261121_1240, and are not in shop.'],
    steps: [
      'End 14 sessions, with your consent.',
      `Change both names in one transaction: shop becomes shop_restored_20261121_1240, ${BEFORE} becomes shop again.`,
      'shop_restored_20261121_1240 stays until you drop it.',
    ],
    command: `holdfast restore undo ${restoreId} --out plan.json`,
  });
}

/** Drops the old database that a swap kept. */
export function discardPlan(restoreId: string): RestorePlanView {
  return plan({
    id: 'plan-discard',
    restoreId,
    strategy: 'drop',
    level: null,
    targetDatabase: BEFORE,
    sizeBytes: 0,
    neededBytes: 0,
    rows: null,
    act: `Drop ${BEFORE}`,
    undo: 'It cannot be undone.',
    warnings: [
      `Everything in ${BEFORE} is gone afterwards.`,
      `Afterwards the restore cannot be undone from ${BEFORE}.`,
    ],
    steps: [`Drop the old database ${BEFORE}, with everything in it.`, 'Nothing else is touched.'],
    command: `holdfast restore discard ${restoreId} --out plan.json`,
  });
}
