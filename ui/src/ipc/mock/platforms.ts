import type {
  LadderView,
  PlatformFieldView,
  PlatformFormView,
  PlatformSettingsView,
  PlatformView,
  ProjectRow,
  RemoteBackupView,
  RemotePlanView,
  RungView,
  PlanRemoteRestore,
} from '../bindings';
import { days, NOW, proof, row } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A project on a platform, and one of files; both are found by their id in every scenario. */
export const platformRow: ProjectRow = row({
  name: 'booking-manager',
  hasDatabase: false,
  platform: 'supamanager',
  ageMs: 17 * HOUR,
  place: 'SupaManager at manager.example, project hjkqwz',
  bestProof: proof('readable', 16 * HOUR),
  restoreMs: null,
  backups: 3,
  newestBytes: 3_110_000_000,
  days: days('.............................2'),
});
/** A project of the cloud whose database is reached too. */
export const bothRow: ProjectRow = row({
  name: 'clinic-cloud',
  platform: 'supabase',
  ageMs: 5 * HOUR,
  place:
    'Postgres 15.8 at db.clinic.example:5432, and Supabase at api.supabase.com, project abcdefghijklmnopqrst',
});
export const filesRow: ProjectRow = row({
  name: 'old-shop',
  hasDatabase: false,
  ageMs: 7 * DAY,
  state: 'ok',
  stateWords: 'Restorable',
  label: 'development',
  place: 'Imported files',
  bestProof: proof('readable', 2 * HOUR),
  restoreMs: null,
  backups: 1,
  newestBytes: 3_110_000_000,
  days: days('.............................2'),
});

export const platformSettings: PlatformSettingsView = {
  kind: 'supamanager',
  address: 'https://manager.example',
  reference: 'hjkqwz',
  account: 'ops@booking.example',
  more: {},
};

export function remote(given: Partial<RemoteBackupView> & { id: string }): RemoteBackupView {
  return {
    kind: 'full',
    state: 'completed',
    percent: null,
    said: null,
    fileName: 'full_20261114_020003.tar.gz.enc',
    sizeBytes: 3_110_000_000,
    createdAtMs: NOW - 5 * HOUR,
    expiresAtMs: NOW + 40 * DAY,
    isExpiring: false,
    isEncrypted: true,
    canDownload: true,
    noDownload: null,
    backupId: null,
    ...given,
  };
}

const remotes: RemoteBackupView[] = [
  remote({
    id: 'rb-12',
    state: 'creating',
    percent: 40,
    createdAtMs: NOW - 4 * MINUTE,
    sizeBytes: null,
    canDownload: false,
    noDownload: 'it is still being made',
    expiresAtMs: null,
  }),
  remote({ id: 'rb-11' }),
  remote({ id: 'rb-10', createdAtMs: NOW - 29 * HOUR, backupId: 'b-8c04d201' }),
  remote({
    id: 'rb-09',
    kind: 'database',
    createdAtMs: NOW - 2 * DAY,
    sizeBytes: 880_000_000,
    backupId: 'b-8c04d202',
  }),
  remote({
    id: 'rb-08',
    kind: 'logs',
    createdAtMs: NOW - 3 * DAY,
    sizeBytes: 41_000_000,
    expiresAtMs: NOW + 2 * DAY,
    isExpiring: true,
  }),
  remote({
    id: 'rb-07',
    state: 'failed',
    said: 'pg_dump: error: connection to server was lost',
    createdAtMs: NOW - 4 * DAY,
    sizeBytes: null,
    canDownload: false,
    noDownload: 'it failed, so there is nothing to fetch',
    expiresAtMs: null,
  }),
  remote({ id: 'rb-06', createdAtMs: NOW - 5 * DAY, backupId: 'b-8c04d203' }),
  ...Array.from({ length: 5 }, (_, index) =>
    remote({
      id: `rb-0${5 - index}`,
      createdAtMs: NOW - (6 + index) * DAY,
      expiresAtMs: NOW + (20 - index) * DAY,
    }),
  ),
];

const WORDS: Record<string, string> = {
  create: 'start a backup',
  download: 'give a backup’s bytes',
  delete: 'delete a backup',
  restore: 'restore a backup',
  read_schedule: 'say its schedule',
  write_schedule: 'change its schedule',
  export: 'export the project',
  import: 'import a project',
  trigger_cron: 'run its scheduled backups now',
  restore_points: 'keep restore points',
  point_in_time: 'go back to any second',
  pause: 'pause the project',
  resume: 'resume the project',
  export_logs: 'export logs',
  upload: 'take a backup file back',
  new_project: 'make a new project',
};
const CANNOT: Record<string, string> = {
  trigger_cron: 'a SupaManager runs its schedule by itself only',
  restore_points: 'a SupaManager keeps no restore points',
  point_in_time: 'a SupaManager keeps whole backups only',
  upload: 'it takes files as new projects alone, by an import',
  new_project: 'there is no call for it',
};

export const platformView: PlatformView = {
  projectId: platformRow.id,
  project: platformRow.name,
  platform: 'SupaManager',
  remoteName: 'Booking',
  remoteStatus: 'running',
  account: 'ops@booking.example',
  role: 'owner',
  tokenExpiresAtMs: NOW + 50 * MINUTE,
  abilities: Object.entries(WORDS).map(([act, words]) => ({
    act,
    words,
    can: !(act in CANNOT),
    reason: CANNOT[act] ?? null,
  })),
  creatable: ['full', 'database', 'storage'],
  backups: remotes,
  total: remotes.length,
  notes: ['The platform says that its backup of 17 Nov failed, and its list still calls the day protected.'],
  schedule: { enabled: true, frequency: 'daily', time: '02:00', kind: 'full', retention: 14 },
  statistics: [
    { name: 'Backups', value: '12' },
    { name: 'Stored there', value: '31.2 GB' },
  ],
  restorePoints: [],
  hasPassphrase: false,
};

/** What the platform shows, by scenario: `none` has nothing, `limited` may nearly nothing, `cloud` goes back to any second. */
export function platformOf(scenario: string, project: string): PlatformView {
  if (scenario === 'empty')
    return { ...platformView, projectId: project, backups: [], total: 0, notes: [], schedule: null };
  if (scenario === 'platform_limited')
    return {
      ...platformView,
      role: 'read only',
      creatable: [],
      schedule: null,
      abilities: platformView.abilities.map((ability) =>
        ability.act === 'download'
          ? ability
          : { ...ability, can: false, reason: 'the account may only read' },
      ),
    };
  if (scenario === 'file_telegram')
    return {
      ...platformView,
      platform: 'Telegram platform',
      abilities: platformView.abilities.map((each) =>
        each.act === 'upload'
          ? { ...each, can: true, reason: null }
          : each.act === 'import'
            ? { ...each, can: false, reason: 'it has no call for it' }
            : each,
      ),
      backups: remotes.map((each) => (each.id === 'rb-10' ? { ...each, backupId: 'b-shop-prod' } : each)),
    };
  if (scenario === 'platform_many')
    return {
      ...platformView,
      total: 4000,
      backups: Array.from({ length: 4000 }, (_, index) =>
        remote({
          id: `rb-${index}`,
          createdAtMs: NOW - index * 6 * HOUR,
          backupId: index > 2 ? 'b-shop-prod' : null,
        }),
      ),
    };
  if (scenario === 'platform_cloud')
    return {
      ...platformView,
      platform: 'Supabase',
      account: null,
      abilities: platformView.abilities.map((ability) => {
        const can = [
          'restore_points',
          'point_in_time',
          'pause',
          'resume',
          'trigger_cron',
          'new_project',
        ].includes(ability.act);
        return { ...ability, can, reason: can ? null : 'Supabase’s API has no call for it' };
      }),
      creatable: [],
      schedule: null,
      backups: remotes.slice(1, 4).map((each) => ({
        ...each,
        kind: 'physical',
        canDownload: false,
        noDownload: 'Supabase does not give physical backups away',
        backupId: null,
        expiresAtMs: null,
        isExpiring: false,
      })),
      total: 3,
      restorePoints: [{ name: 'before-release-8', status: 'available' }],
    };
  return platformView;
}

const field = (
  name: string,
  title: string,
  hint: string,
  more: Partial<PlatformFieldView> = {},
): PlatformFieldView => ({ name, title, hint, usual: '', isNeeded: true, choices: [], ...more });
const optional = { isNeeded: false };

export const platformForms: PlatformFormView[] = [
  {
    kind: 'supamanager',
    name: 'SupaManager',
    settings: [
      field('address', 'Address', 'Of the manager, as in the browser: https://manager.example.'),
      field('reference', 'Project', 'The project’s reference, as in its address.'),
      field('account', 'E-mail', 'Of the account that signs in.'),
    ],
    credentials: [field('password', 'Password', 'The password of the account above.')],
  },
  {
    kind: 'supabase',
    name: 'Supabase',
    settings: [
      field('address', 'Address', 'Of the Management API.', { usual: 'https://api.supabase.com' }),
      field('reference', 'Project', 'Its reference: 20 lower-case letters.'),
    ],
    credentials: [field('token', 'Access token', 'Begins with sbp_; made under Account, Access tokens.')],
  },
  {
    kind: 'opttius',
    name: 'Opttius',
    settings: [
      field('address', 'Address', 'Of the application: https://app.example.'),
      field('reference', 'Organisation', 'Its id; only its own backups are seen.'),
      field('account', 'E-mail', 'Of the account that signs in, where one does.', optional),
      field('auth_address', 'Auth server', 'Where the account signs in: https://….supabase.co.', optional),
    ],
    credentials: [
      field(
        'password',
        'Password',
        'The password of the account above, where an account signs in.',
        optional,
      ),
      field('token', 'Bearer token', 'Where the deployment takes a token in place of an account.', optional),
      field('anon_key', 'Public key', 'The auth server’s public (anon) key, for signing in.', optional),
      field('cron', 'Cron secret', 'CRON_SECRET, to run the scheduled backups from here.', optional),
    ],
  },
  {
    kind: 'telegram_platform',
    name: 'Telegram platform',
    settings: [
      field('address', 'Address', 'Of the platform’s API.'),
      field('reference', 'Project', 'The project’s id.'),
      field('bot_address', 'Bot API', 'Telegram’s, or that of a local server.', {
        usual: 'https://api.telegram.org',
        ...optional,
      }),
      field(
        'chat',
        'Chat',
        'The chat in which the bot keeps files, where files are to be given back.',
        optional,
      ),
      field('dialect', 'Dialect', '`server`, or `documented` where the API is as its document says.', {
        usual: 'server',
        choices: ['server', 'documented'],
        ...optional,
      }),
    ],
    credentials: [
      field('token', 'Token', 'A JWT of the platform with the scope backup:read, or backup:write.'),
      field(
        'bot',
        'Bot token',
        'The token of the bot that keeps the files; without it none can be fetched.',
        optional,
      ),
    ],
  },
];

const rung = (id: string, title: string, message: string, state: RungView['state'] = 'passed'): RungView => ({
  id,
  title,
  state,
  message,
  elapsedMs: null,
  code: null,
  fix: null,
});

export const platformLadder: LadderView = {
  passed: true,
  serverVersion: null,
  sizeBytes: null,
  rungs: [
    rung('reach', 'Address', 'manager.example answers over TLS'),
    rung('sign_in', 'Sign-in', 'ops@booking.example, owner'),
    rung('project', 'Project', 'Booking, running'),
    rung('list', 'Backups', '12 backups, the newest 5 h old'),
  ],
};

export const refusedPlatformLadder: LadderView = {
  ...platformLadder,
  passed: false,
  rungs: platformLadder.rungs.map((each, index) =>
    index === 0
      ? each
      : index === 1
        ? {
            ...each,
            state: 'failed',
            message: 'the manager refused ops@booking.example',
            code: 'platform_forbidden',
            fix: {
              title: 'What to do',
              detail:
                'Type the password again; after five wrong ones the manager waits a quarter of an hour.',
              sql: null,
              connection: null,
            },
          }
        : { ...each, state: 'waiting', message: '' },
  ),
};

/** A deletion there. */
export function remotePlan(act: 'delete', project: string, id: string): RemotePlanView {
  const here = remotes.find((each) => each.id === id)?.backupId ?? null;
  return {
    planId: `rp-delete-${id}`,
    act,
    effects: [
      'SupaManager deletes the backup of today; its file is gone there for good.',
      here ? 'The copy in vault “Anchor” stays.' : 'It is not in the vault.',
    ],
    blockers: [],
    warnings: here
      ? []
      : ['It is not in the vault: once deleted there, it is gone. Pull it first to keep it.'],
    parts: [],
    safety: null,
    confirm: project,
    button: 'Delete 1 backup at SupaManager',
    command: `holdfast platform delete ${project} ${id}`,
  };
}

const PARTS = ['database', 'storage', 'config'] as const;

/** A restore there: a full backup brings all parts back, one of the database that alone. */
export function restorePlanThere(project: string, asked: PlanRemoteRestore): RemotePlanView {
  const id = asked.id ?? asked.point ?? 'moment';
  const kind = remotes.find((each) => each.id === asked.id)?.kind;
  const can = (part: string) => part === 'database' || kind === 'full';
  const isNamed = PARTS.some((part) => asked[part] === true);
  const wanted = PARTS.filter((part) => asked[part] ?? (can(part) && !isNamed));
  const declined = asked.noSafetyBecause !== null;
  const beyond = wanted.filter((part) => !can(part));
  const safety =
    declined || wanted.length === 0
      ? null
      : 'The platform first makes a backup (full) of the present state, which is pulled into the vault and read back.';
  return {
    planId: `rp-restore-${id}`,
    act: 'restore',
    effects: [
      ...(safety === null ? [] : [safety]),
      `SupaManager restores ${wanted.join(', ')} over the running project; the project is down meanwhile.`,
    ],
    blockers:
      wanted.length === 0
        ? ['Nothing was chosen to bring back.']
        : beyond.map(
            (part) =>
              `SupaManager cannot bring back ${part}: a backup of the kind ${kind} holds its database alone.`,
          ),
    warnings: [
      ...(declined ? [`No safety backup is made: ${asked.noSafetyBecause}`] : []),
      'What was written since that backup is lost. Holdfast cannot check what the platform restores.',
    ],
    parts: PARTS.map((part) => ({
      part,
      isChosen: wanted.includes(part),
      cannot: can(part) ? null : `a backup of the kind ${kind ?? 'database'} holds its database alone`,
      isKept: safety !== null && wanted.includes(part),
    })),
    safety,
    confirm: project,
    button: 'Replace Booking at SupaManager',
    command: `holdfast platform restore ${project} ${id} ${PARTS.map((part) => (wanted.includes(part) ? `--${part}` : `--no-${part}`)).join(' ')}`,
  };
}

/** A new project there, of the file of a backup in the vault. */
export const importPlan = (project: string, backup: string, newName: string): RemotePlanView => ({
  planId: `rp-import-${backup}`,
  act: 'import',
  effects: [
    'project_hjkqwz_export.tar.gz, 3.11 GB, of the backup b-shop-p of 21 Nov 2026 09:02 UTC is taken out of the vault and held against its manifest.',
    `It is sent to SupaManager at manager.example, which makes the new project “${newName}” of it.`,
    'Nothing of the project itself changes there, and nothing in the vault.',
  ],
  blockers: [],
  warnings: [
    'All data in the file leaves for the platform as it is in it; what the vault encrypts is readable there.',
    'A platform imports what it exported itself; another file it may refuse, or import in part. What it says of the result is its claim: pull from the new project to see.',
  ],
  parts: [],
  safety: null,
  confirm: project,
  button: `Make the project ${newName} at SupaManager`,
  command: `holdfast platform import ${project} --backup b-shop-p --as '${newName}'`,
});
