import type { HealthFindingView, HealthSeverity, HealthView, PlotsView, ProjectRow } from '../bindings';
import { NOW } from './projects';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ORDER: HealthSeverity[] = ['critical', 'unknown', 'warning', 'info', 'ok'];

type Given = Partial<HealthFindingView> & { code: string; title: string; what: string };

const of = (severity: HealthSeverity, subject: string, given: Given): HealthFindingView => ({
  severity,
  subject,
  projectId: null,
  value: null,
  limit: null,
  why: '',
  recommendation: '',
  act: '',
  target: { kind: 'none' },
  command: null,
  details: [],
  canAccept: false,
  told: null,
  ...given,
});

const words = (number: number, text: string, unit: 'ms' | 'bytes' | 'count' = 'count') => ({
  number,
  unit,
  words: text,
});

const wellOf = (row: ProjectRow): HealthFindingView[] => {
  const projectId = row.id;
  return [
    of('ok', row.name, {
      projectId,
      code: 'recovery_point',
      title: 'Recovery point',
      what: 'has a verified recovery point, 2 h 14 min old.',
      value: words(2 * HOUR, '2 h 14 min', 'ms'),
      limit: words(6 * HOUR, '6 h', 'ms'),
    }),
    of('ok', row.name, {
      projectId,
      code: 'integrity',
      title: 'Integrity',
      what: 'has no backup that failed its last check.',
      value: words(0, '0 backups'),
    }),
    of('ok', row.name, {
      projectId,
      code: 'size',
      title: 'Size',
      what: 'has a newest backup of 13.1 GB, as expected.',
      value: words(13_070_000_000, '13.1 GB', 'bytes'),
      limit: words(13_010_000_000, '13.0 GB', 'bytes'),
    }),
    of('ok', row.name, {
      projectId,
      code: 'rows',
      title: 'Rows',
      what: 'has as many rows in its tables as expected.',
      value: words(0, '0 tables'),
    }),
  ];
};

const copies = (row: ProjectRow) =>
  of('info', row.name, {
    projectId: row.id,
    code: 'copies',
    title: 'Copies',
    what: 'has 2 of 3 copies on 2 media, none known to be elsewhere: the original, and the backups in “Anchor”.',
    value: words(2, '2'),
    limit: words(3, '3'),
    why: 'The backups lie in one place only, and none is known to be elsewhere: what takes that disk takes all of them.',
    recommendation: 'Add a folder on another disk as a replica: `holdfast store add PATH`.',
    details: [
      'the original on the server db.example: counts. It answered 12 min ago.',
      'Anchor on this computer, declared to be in the same place on 3 Nov 2026 by anna: counts.',
    ],
  });

const emptied = (row: ProjectRow) =>
  of('critical', row.name, {
    projectId: row.id,
    code: 'rows',
    title: 'Rows',
    what: 'has an empty table public.order_lines, which had 1,204,113 rows. 2 other tables stand out too.',
    value: words(3, '3 tables'),
    why: 'So since the backup of 21 Nov 2026 03:01:12, compared with 30 backups before.',
    recommendation:
      'See what changed. If rows were lost, restore the tables from the backup before; if it is meant, accept it.',
    act: 'Compare the two',
    target: { kind: 'compare', id: { left: '8c04a7d1c0ffee00', right: '8c04d2b9c0ffee00' } },
    command: 'holdfast backup diff 8c04a7d1c0ff 8c04d2b9c0ff',
    told: {
      atMs: NOW - 2 * HOUR,
      channels: [
        { channel: 'Desktop', state: 'sent', endedAtMs: NOW - 2 * HOUR },
        { channel: 'ops', state: 'waiting', endedAtMs: null },
      ],
    },
    details: [
      'public.order_lines: empty, 1,204,113 rows before',
      'public.coupons: gone, 88 rows before',
      'public.sessions: 120 rows, about 4,000 expected',
    ],
    canAccept: true,
  });

const overGoal = (row: ProjectRow) =>
  of('critical', row.name, {
    projectId: row.id,
    code: 'recovery_point',
    title: 'Recovery point',
    what: 'has no new recovery point for 1 d 7 h; its goal is 24 h.',
    value: words(31 * HOUR, '1 d 7 h', 'ms'),
    limit: words(24 * HOUR, '24 h', 'ms'),
    why: 'Nothing failed; no backup was made.',
    recommendation: 'Back it up now, and set a schedule that keeps the goal.',
    act: 'Back up now',
    target: { kind: 'back_up', id: row.id },
    command: `holdfast backup run ${row.name}`,
  });

const unproven = (row: ProjectRow) =>
  of('unknown', row.name, {
    projectId: row.id,
    code: 'integrity',
    title: 'Integrity',
    what: 'could not be proven: the last check of its newest backup was inconclusive.',
    value: words(1, '1 backup'),
    why: 'The backup of 18 Nov 2026 04:10:02 (restored): the extension `pgvector` is missing on this computer, so 3 of 58 tables were not restored.',
    recommendation: 'See what was missing, provide it, and check again.',
    act: 'See the drills',
    target: { kind: 'see_drills', id: row.id },
    command: `holdfast drill list ${row.name}`,
    details: ['The backup of 18 Nov 2026 04:10:02 (restored)'],
  });

const drillDue = (row: ProjectRow) =>
  of('warning', row.name, {
    projectId: row.id,
    code: 'proof',
    title: 'Proof',
    what: 'was last shown to come back 11 d 4 h ago.',
    value: words(268 * HOUR, '11 d 4 h', 'ms'),
    limit: words(7 * DAY, '7 d', 'ms'),
    why: 'Its goal is a drill every 7 d.',
    recommendation: 'Start a drill.',
    act: 'Start a drill',
    target: { kind: 'drill', id: row.id },
    command: `holdfast drill run ${row.name}`,
  });

const PROFILE_WELL: HealthFindingView[] = [
  of('ok', 'Vault “Anchor”', { code: 'vault', title: 'Vault', what: 'can be used; it takes 186 GB.' }),
  of('ok', 'Vault “Anchor”', {
    code: 'capacity',
    title: 'Space at the vault',
    what: 'has 412 GB free, enough for 412 days.',
    value: words(412_400_000_000, '412 GB', 'bytes'),
  }),
  of('ok', 'Vault “Anchor”', {
    code: 'kit',
    title: 'Recovery kit',
    what: 'has a recovery kit, saved 40 d 2 h ago.',
    value: words(40 * DAY, '40 d 2 h', 'ms'),
  }),
  of('ok', 'Vault “Anchor”', {
    code: 'reread',
    title: 'Data read again',
    what: 'was read again as a whole 12 d 1 h ago; 3 parts of 12 are read in the round that goes on.',
  }),
  of('ok', 'Replica “Archive disk”', {
    code: 'replica',
    title: 'Replica',
    what: 'has all 412 backups, copied 9 h ago.',
    value: words(412, '412'),
  }),
  of('ok', 'This computer:', { code: 'tools', title: 'Postgres tools', what: 'Postgres tools 15.10.' }),
  of('ok', 'This computer:', {
    code: 'keychain',
    title: 'Keychain',
    what: 'secrets rest in the keychain, which answers.',
  }),
];

const PROFILE_ILL: HealthFindingView[] = [
  of('critical', 'Vault “Anchor”', {
    code: 'capacity',
    title: 'Space at the vault',
    what: 'is full in 2 days: 2.1 GB are free.',
    value: words(2_100_000_000, '2.1 GB', 'bytes'),
    why: 'It takes 186 GB now; a day adds about 1.0 GB, and at most added 9.4 GB in the last month, before anything was freed.',
    recommendation: 'Free space in the vault, keep fewer backups, or move it to a larger disk.',
    act: 'See the vault',
    target: { kind: 'vault' },
    command: 'holdfast vault check --read-data',
  }),
  of('critical', 'Vault “Anchor”', {
    code: 'reread',
    title: 'Data read again',
    what: 'holds a damaged pack.',
    value: words(1, '1 pack'),
    why: 'data/4f/4f0c21aa90e1b2c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e7f8091a2b3c: its hash is another.',
    recommendation: 'Repair the vault; it says which backups are affected.',
    act: 'See the vault',
    target: { kind: 'vault' },
    command: 'holdfast vault check --read-data',
  }),
  of('critical', 'Vault “Anchor”', {
    code: 'kit',
    title: 'Recovery kit',
    what: 'has no saved recovery kit.',
    why: 'Until it is saved no backup counts as done: if this computer is lost, so is the vault.',
    recommendation: 'Save it, and keep it apart from this computer.',
    act: 'Save the recovery kit',
    target: { kind: 'save_kit' },
    command: 'holdfast vault kit --to FILE',
  }),
  of('warning', 'Replica “Office NAS”', {
    code: 'replica',
    title: 'Replica',
    what: 'has 409 backups, copied 8 d 9 h ago; 3 wait.',
    value: words(409, '409'),
    why: 'It was last copied 8 d 9 h ago. It is not connected.',
    recommendation: "Copy to it: `holdfast store copy 'Office NAS'`.",
  }),
  of('warning', 'Channel “#ops in the office”', {
    code: 'channel',
    title: 'Notifications',
    what: 'has not delivered for 2 d 4 h.',
    value: words(187_200_000, '2 d 4 h'),
    why: 'Hooks.slack.com answered 410: no such hook.',
    recommendation: 'Mend what it says, then send a test.',
    act: 'See the channel',
    target: { kind: 'channel', id: '#ops in the office' },
    command: "holdfast notify test '#ops in the office'",
  }),
  of('unknown', 'The keychain', {
    code: 'keychain',
    title: 'Keychain',
    what: 'did not answer within 5 seconds.',
    why: 'It may wait for a person to unlock it.',
    recommendation: 'Unlock it, then look again.',
    act: 'See the secrets',
    target: { kind: 'secrets' },
    command: 'holdfast doctor',
  }),
];

const stuck = (row: ProjectRow) =>
  of('critical', row.name, {
    projectId: row.id,
    code: 'job',
    title: 'Runs',
    what: 'has a run, “Backing up shop-prod”, that says nothing for 59 min in the phase Dump.',
    value: words(59 * 60_000, '59 min', 'ms'),
    why: 'Its process lives and does not write how far it is, as it does several times a minute: it is stopped or hangs, and holds its turn meanwhile.',
    recommendation:
      'Continue or end that process of Holdfast; its run then becomes interrupted, and the next one begins.',
    act: 'See the run',
    target: { kind: 'job', id: 'j-running' },
    command: 'holdfast job show j-running',
  });

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const things = (count: number) => (count === 1 ? 'One thing' : `${NUMBERS[count] ?? count} things`);

function view(findings: HealthFindingView[], projects: number, project: ProjectRow | null): HealthView {
  const sorted = [...findings].sort(
    (one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity),
  );
  const count = (severity: HealthSeverity) => sorted.filter((one) => one.severity === severity).length;
  const critical = count('critical');
  const sentence =
    critical > 0
      ? `${things(critical)} ${critical === 1 ? 'is' : 'are'} wrong.`
      : count('unknown') > 0
        ? `${things(count('unknown'))} cannot be told.`
        : count('warning') > 0
          ? `${things(count('warning'))} to look at.`
          : projects === 0
            ? 'Nothing is protected yet.'
            : project
              ? `${project.name} is well.`
              : 'All is well.';
  const parts = [
    [critical > 0 ? count('unknown') : 0, 'unknown'],
    [critical + count('unknown') > 0 ? count('warning') : 0, count('warning') === 1 ? 'warning' : 'warnings'],
    [count('info'), count('info') === 1 ? 'note' : 'notes'],
    [count('ok'), 'checks are well'],
  ]
    .filter(([number]) => number !== 0)
    .map(([number, word]) => `${number} ${word}`);
  return {
    atMs: NOW,
    projectId: project?.id ?? null,
    project: project?.name ?? null,
    projects,
    severity: sorted[0]?.severity ?? 'ok',
    sentence,
    support: `${project?.name ?? (projects === 0 ? 'This computer' : `${projects} projects and this computer`)}: ${parts.join(', ')}.`,
    findings: sorted,
    costs:
      project || projects === 0
        ? []
        : [
            { class: 'object storage, standard', perGbMonth: 0.023, monthNow: 4.2826, monthInAYear: 12.67 },
            {
              class: 'object storage, infrequent access',
              perGbMonth: 0.0125,
              monthNow: 2.3275,
              monthInAYear: 6.89,
            },
            { class: 'archive, at once', perGbMonth: 0.004, monthNow: 0.7448, monthInAYear: 2.2 },
            { class: 'archive, after hours', perGbMonth: 0.001, monthNow: 0.1862, monthInAYear: 0.55 },
          ],
    prices: {
      currency: 'USD',
      prices: [
        { class: 'object storage, standard', perGbMonth: 0.023 },
        { class: 'object storage, infrequent access', perGbMonth: 0.0125 },
        { class: 'archive, at once', perGbMonth: 0.004 },
        { class: 'archive, after hours', perGbMonth: 0.001 },
      ],
    },
  };
}

/** What health says in each scenario: of the projects that the home screen shows. */
export function healthOf(scenario: string, rows: readonly ProjectRow[], chosen: string | null): HealthView {
  const one = chosen === null ? undefined : rows.find((row) => row.id === chosen || row.name === chosen);
  const ofRow = (row: ProjectRow, index: number): HealthFindingView[] => {
    if (scenario === 'well') return wellOf(row);
    if (scenario === 'ill')
      return [overGoal(row), emptied(row), stuck(row), unproven(row), drillDue(row), copies(row)];
    if (row.state === 'danger') return [overGoal(row), ...wellOf(row).slice(1), copies(row)];
    if (row.state === 'inconclusive') return [unproven(row), ...wellOf(row).slice(2)];
    return index === 2 || scenario === 'long'
      ? [emptied(row), drillDue(row), ...wellOf(row).slice(2), copies(row)]
      : [...wellOf(row), copies(row)];
  };
  if (one) return view(ofRow(one, rows.indexOf(one)), 1, one);
  const profile = scenario === 'ill' ? PROFILE_ILL : PROFILE_WELL;
  return view([...profile, ...rows.flatMap(ofRow)], rows.length, null);
}

/** The plots of a project: sixty backups, one too small, one night missed. */
export function plotsOf(row: ProjectRow, days: number, table: string | null): PlotsView {
  const count = Math.min(60, days);
  const step = (days * DAY) / count;
  const at = (index: number) => NOW - 2 * HOUR - (count - 1 - index) * step;
  const missed = Math.floor(count / 2);
  const backups = Array.from({ length: count }, (_, index) => index).filter(
    (index) => index !== missed && index !== missed + 1,
  );
  const expectedAt = (index: number) => Math.round(9.2e9 + index * (3.8e9 / count));
  const size = (index: number) => Math.round(expectedAt(index) * (index === count - 7 ? 0.82 : 1));
  const tables = ['public.order_lines', 'public.orders', 'public.customers', 'public.coupons'];
  return {
    projectId: row.id,
    project: row.name,
    sinceMs: NOW - days * DAY,
    nowMs: NOW,
    recoveryGoalMs: Math.round(Math.max(DAY, step) * 1.4),
    restoreGoalMs: 30 * 60_000,
    recovery: backups.map((index, place) => {
      const until = backups[place + 1] === undefined ? NOW : at(backups[place + 1] ?? 0);
      const oldestMs = until - at(index);
      return {
        backupId: `b${index}`,
        fromMs: at(index),
        untilMs: until,
        oldestMs,
        isOver: oldestMs > Math.max(DAY, step) * 1.4,
      };
    }),
    sizes: backups.map((index, place) => {
      const expected = expectedAt(index);
      return {
        backupId: `b${index}`,
        atMs: at(index),
        sizeBytes: size(index),
        addedBytes: place === 0 ? 3.1e9 : 4e7 + (index % 5) * 9e6,
        band:
          place < 5 ? null : { low: Math.round(expected * 0.9), expected, high: Math.round(expected * 1.1) },
        off: index === count - 7 ? 'less' : null,
      };
    }),
    drills: Array.from({ length: 4 }, (_, index) => ({
      id: `d${index}`,
      atMs: NOW - (3 - index) * Math.min(7 * DAY, (days * DAY) / 5),
      rtoMs: 700_000 + index * 40_000,
      verdict: index === 1 ? 'fail' : 'pass',
    })),
    tables,
    table: {
      table: table ?? tables[0] ?? '',
      points: backups.slice(-31).map((index, place) => {
        const expected = 1_100_000 + index * 1_700;
        const rows = index === count - 1 && row.state !== 'ok' ? 0 : expected + (index % 3) * 120;
        return {
          backupId: `b${index}`,
          atMs: at(index),
          rows,
          band:
            place < 5
              ? null
              : { low: Math.round(expected * 0.9), expected, high: Math.round(expected * 1.1) },
          off: rows === 0 ? 'less' : null,
        };
      }),
    },
  };
}
