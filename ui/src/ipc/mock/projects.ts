import type {
  AppState,
  CopiesView,
  DayView,
  HomeView,
  LevelView,
  Need,
  NextRunView,
  ProjectRow,
  ProofView,
  VaultView,
} from '../bindings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Tests go by a moment that stands still, so that what the fixtures answer is the same each time. */
export const NOW = import.meta.env.MODE === 'test' ? Date.UTC(2026, 10, 19, 10, 14, 3) : Date.now();
const midnight = new Date(NOW).setHours(0, 0, 0, 0);

export const vault: VaultView = {
  id: '6f1c0b8a2d4e4f7fa90c3d5b7e1a2c4d',
  name: 'Anchor',
  path: '/media/work-ssd/Holdfast/Anchor',
  state: 'ready',
  problem: null,
  kitConfirmedAtMs: NOW - 40 * DAY,
  storedBytes: 186_200_000_000,
  freeBytes: 412_400_000_000,
  backups: 412,
};

export const appState: AppState = {
  version: '0.1.0',
  profile: '/home/anna/.local/share/holdfast',
  vault,
  suggestedVaultPath: '/home/anna/Holdfast/Anchor',
  secrets: { place: 'keychain', state: 'ready', path: null, hint: null },
  settings: { appearance: 'system', toolDirectories: [] },
};

/** 30 days from a string: a digit is a proof level, `x` a failed day, `.` an empty one. */
export function days(pattern: string): DayView[] {
  const cells = pattern.padStart(30, pattern.charAt(0)).slice(-30);
  return Array.from(cells, (cell, index) => ({
    dayMs: midnight - (29 - index) * DAY,
    level: cell >= '0' && cell <= '3' ? Number(cell) : 0,
    backups: cell >= '0' && cell <= '3' ? 1 : 0,
    failures: cell === 'x' ? 2 : 0,
  }));
}

export function proof(
  level: LevelView,
  ageMs: number,
  verdict: ProofView['verdict'] = 'pass',
  reason = 'all checks passed',
): ProofView {
  return { level, verdict, atMs: NOW - ageMs, elapsedMs: 12 * MINUTE, reason };
}

/** A schedule's next run, tomorrow night unless it is said otherwise. */
export function nextRun(given: Partial<NextRunView> = {}): NextRunView {
  return {
    schedule: 'backup',
    work: 'backup',
    often: 'daily',
    state: 'planned',
    because: 'Next: tomorrow 02:10.',
    why: null,
    atMs: midnight + DAY + 2 * HOUR + 10 * MINUTE,
    ...given,
  };
}

const PLACES = 'the original, and the backups in “Anchor”';

/** So many copies: the original, the vault, and up to two replicas. */
export function copies(have: number, given: Partial<CopiesView> = {}): CopiesView {
  const replicas = ['“Archive disk” (elsewhere)', '“Office NAS” (elsewhere)'].slice(0, Math.max(0, have - 2));
  const places = replicas.length === 0 ? PLACES : `${PLACES} and in ${replicas.join(', ')}`;
  const each = [
    'the original on the server db.example: counts. It answered 12 min ago.',
    'Anchor on this computer, declared to be in the same place on 3 Nov 2026 by anna: counts.',
  ];
  return {
    have,
    wanted: 3,
    media: 2,
    elsewhere: have >= 3 ? 'yes' : 'not_known',
    areEnough: have >= 3,
    places,
    each,
    behind: [],
    ...given,
  };
}

type Given = Partial<Omit<ProjectRow, 'recoveryPoint'>> & { name: string; ageMs?: number };

export function row({ ageMs, ...given }: Given): ProjectRow {
  return {
    id: `p-${given.name}`,
    label: 'production',
    isSample: false,
    isArchived: false,
    hasDatabase: true,
    parts: [],
    platform: null,
    place: 'Postgres 15.8 at db.shop.example:5432',
    state: 'ok',
    stateWords: 'Restorable',
    goalMs: DAY,
    oldestPart: null,
    points: [],
    bestProof: proof('restored', 8 * HOUR),
    restoreMs: 12 * MINUTE,
    days: days('333333333333333333333333333333'),
    backups: 184,
    newestBytes: 13_070_000_000,
    coverage: { taken: 3, of: 3, lacking: [] },
    copies: copies(3),
    nextRun: nextRun(),
    job: null,
    failure: null,
    recoveryPoint: ageMs === undefined ? null : { backupId: `b-${given.name}`, atMs: NOW - ageMs },
    ...given,
  };
}

export const rows: ProjectRow[] = [
  row({
    name: 'delivery-ops',
    nextRun: nextRun({
      state: 'given_up',
      because:
        'Tried 4 times in vain: the server refused the password of holdfast_reader. It needs a person.',
      why: 'the server refused the password of holdfast_reader',
    }),
    ageMs: 31 * HOUR,
    state: 'danger',
    stateWords: 'Over its goal',
    place: 'Postgres 14.12 at 10.4.0.9:5432',
    bestProof: proof('readable', 27 * HOUR),
    restoreMs: 6 * MINUTE,
    days: days('3333332333332333333233333332xx'),
    failure: {
      jobId: 'j-failed',
      atMs: NOW - 20 * HOUR,
      code: 'wrong_password',
      message: 'the server refused the password of holdfast_reader',
    },
  }),
  row({
    name: 'booking-cloud',
    ageMs: 9 * HOUR + 2 * MINUTE,
    state: 'inconclusive',
    stateWords: 'Not proven',
    place: 'Postgres 16.3 at db.qhzkvexample.supabase.co:5432',
    bestProof: proof('readable', 3 * DAY),
    restoreMs: null,
    days: days('223222222322222232222223222222'),
  }),
  row({
    name: 'chat-archive',
    nextRun: nextRun({
      state: 'waiting',
      because: 'Due since today 08:10, and waiting: the network is metered.',
      why: 'the network is metered',
      atMs: null,
    }),
    ageMs: 18 * HOUR + 56 * MINUTE,
    place: 'Postgres 15.8 at chat.example:5432',
    label: 'staging',
    bestProof: proof('restored', 2 * DAY),
    restoreMs: 14 * MINUTE,
    copies: copies(2, { behind: ['Archive disk', 'Office NAS'] }),
    days: days('223222222322222232222223222223'),
  }),
  row({
    name: 'lens-clinic',
    ageMs: 9 * HOUR + 31 * MINUTE,
    oldestPart: 'database',
    points: [
      {
        component: 'database',
        words: 'database',
        point: { backupId: 'b-lens-clinic', atMs: NOW - 9 * HOUR - 31 * MINUTE },
        goalMs: DAY,
        isOver: false,
      },
      {
        component: 'storage',
        words: 'stored files',
        point: { backupId: 'b-lens-clinic-files', atMs: NOW - 31 * MINUTE },
        goalMs: DAY,
        isOver: false,
      },
    ],
    place: 'Postgres 15.8 at lens.example:5432',
    bestProof: proof('restored', 9 * HOUR),
    restoreMs: 8 * MINUTE,
    days: days('3333333333333333333333x3333333'),
  }),
  row({
    name: 'shop-prod',
    nextRun: nextRun({ state: 'running', often: 'hourly', because: 'The run of today 15:00 goes on.' }),
    ageMs: 2 * HOUR + 14 * MINUTE,
    goalMs: 6 * HOUR,
    coverage: { taken: 3, of: 6, lacking: ['Files', 'Redis', 'Logs'] },
    state: 'running',
    stateWords: 'Backing up, 61 %',
    job: { id: 'j-running', kind: 'backup', percent: 61, waitsFor: null },
  }),
  row({
    name: 'shop-staging',
    nextRun: nextRun({
      state: 'paused',
      because: 'Paused until Mon 30 Nov 2026 08:00 CET.',
      why: 'until Mon 30 Nov 2026 08:00 CET',
      atMs: null,
    }),
    ageMs: 2 * DAY + HOUR,
    goalMs: 7 * DAY,
    label: 'staging',
    place: 'Postgres 15.8 at staging.shop.example:5432',
    bestProof: proof('restored', 2 * DAY),
    restoreMs: 9 * MINUTE,
    days: days('3......3......3......3......3.'),
  }),
];

const needs: Need[] = [
  {
    state: 'danger',
    projectId: 'p-delivery-ops',
    subject: 'delivery-ops',
    what: 'has no new recovery point for 31 hours; its goal is 24.',
    why: 'The server refused the password of holdfast_reader yesterday 16:02. Two runs failed.',
    act: 'Fix the connection',
    target: { kind: 'connection', id: 'p-delivery-ops' },
  },
  {
    state: 'inconclusive',
    projectId: 'p-booking-cloud',
    subject: 'booking-cloud',
    what: 'could not be proven: its verification was inconclusive.',
    why: 'The tool pg_restore 16 is missing on this computer, so the archive was not listed.',
    act: 'See the run',
    target: { kind: 'job', id: 'j-inconclusive' },
  },
];

export const home: HomeView = {
  sentence: 'Two projects need you.',
  support: 'The other four are restorable. Their oldest recovery point is 2 days old, inside its goal of 7.',
  needs,
  projects: rows,
  running: 1,
  paused: null,
};

export const wellHome: HomeView = {
  sentence: 'All 4 projects are restorable.',
  support: 'The oldest recovery point is 2 days old, inside its goal of 7.',
  needs: [],
  projects: rows.slice(2),
  running: 1,
  paused: null,
};

export const emptyHome: HomeView = {
  sentence: 'Nothing is protected yet.',
  support: 'The vault is ready. Connect a project, or try the sample first.',
  needs: [],
  projects: [],
  running: 0,
  paused: null,
};

/** Everything is paused for a journey. */
export const pausedHome: HomeView = { ...home, paused: { atMs: NOW - HOUR, untilMs: NOW + 20 * HOUR } };

const LONG = 'a-very-long-project-name-that-somebody-generated-from-a-repository-and-an-environment';
export const longHome: HomeView = {
  ...home,
  needs: needs.map((need, index) =>
    index === 0
      ? {
          ...need,
          subject: LONG,
          why: `${need.why} The certificate names other-host.internal.region-eu-central-1.provider.example instead of the address that was asked for.`,
        }
      : need,
  ),
  projects: [
    row({
      name: LONG,
      ageMs: 130 * DAY,
      goalMs: DAY,
      state: 'danger',
      stateWords: 'Over its goal',
      place: 'Postgres 15.8 at some-very-long-host-name.internal.region-eu-central-1.provider.example:6543',
      bestProof: null,
    }),
    row({
      name: 'new-and-empty',
      nextRun: null,
      state: 'idle',
      stateWords: 'No backup yet',
      bestProof: null,
      restoreMs: null,
      days: days('..............................'),
      backups: 0,
      newestBytes: null,
      copies: null,
    }),
    row({
      name: 'failed-proof',
      ageMs: 3 * HOUR,
      state: 'danger',
      stateWords: 'Last run failed',
      bestProof: proof('bytes', HOUR),
      restoreMs: null,
    }),
    ...rows,
  ],
};

export const manyHome: HomeView = {
  ...home,
  sentence: 'Two projects need you.',
  support: 'The other 998 are restorable. Their oldest recovery point is 2 days old, inside its goal of 7.',
  projects: Array.from({ length: 1000 }, (_, index) => {
    const base = rows[index % rows.length] ?? row({ name: 'shop' });
    return {
      ...base,
      id: `${base.id}-${index}`,
      name: `${base.name}-${String(index).padStart(4, '0')}`,
      job: null,
    };
  }),
};
