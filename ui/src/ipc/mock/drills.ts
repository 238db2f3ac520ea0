import type {
  AskImage,
  CheckVerdictView,
  CheckView,
  DrillPlanView,
  DrillRowView,
  DrillView,
} from '../bindings';
import { fail, type Handlers } from './index';
import { NOW } from './projects';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const check = (
  id: string,
  title: string,
  figure: string,
  done: string,
  verdict: CheckVerdictView = 'pass',
  findings: string[] = [],
): CheckView => ({
  id,
  title,
  verdict,
  figure,
  done,
  findings,
  found: findings.length,
  ms: 120,
});

const CHECKS: CheckView[] = [
  check('tables', 'Tables', '41 of 41', 'Every table that the archive names is there.'),
  check('rows', 'Rows', '12,480,113', 'Equal in 41 of 41 tables.'),
  check('fingerprints', 'Fingerprints', '41 of 41', 'Equal to those taken inside the dump.'),
  check('sequences', 'Sequences', '38 of 38', 'Each stands where the archive sets it.'),
  check('constraints', 'Constraints', '117 of 117', 'There, and all validated.'),
  check('indexes', 'Indexes', '96 of 96', 'There and complete; all 137 valid, with those of keys.'),
  check(
    'access',
    'Roles and policies',
    '212 of 212',
    'Policies, owners and grants were compared with the archive.',
  ),
  check('large_objects', 'Large objects', '0', 'The backup holds none, and none is there.'),
  check('orphans', 'Orphans', '0', 'In 54 foreign keys, each asked by a join.'),
  check('assertions', 'Your assertions', '5 of 5', '“orders of the last day” and 4 more.'),
  check(
    'program',
    'Your program',
    'not checked',
    'None was given. Give one: `holdfast drill run PROJECT --program FILE`.',
    'not_checked',
  ),
  check(
    'objects',
    'Rows and files',
    '20,311 of 20,314 rows',
    'Each row of storage.objects against the files of the backup, and each file against the rows. 3 rows without a file.',
    'noted',
    [
      'uploads/2026/ärmel lang.jpg: a row names it, and the backup has no such file',
      'uploads/2026/06/invoice-1182.pdf: a row names it, and the backup has no such file',
      'uploads/tmp/x.part: a row names it, and the backup has no such file',
    ],
  ),
  check(
    'storage:uploads',
    'Stored files “uploads”',
    '20,311 of 20,311 files',
    '3.1 GB were written to this computer, read back, and compared by their SHA-256.',
  ),
  check(
    'redis:cache',
    'Redis “cache”',
    '1,204 of 1,204 keys',
    'The snapshot was read to its end, value by value, with its checksum. No server loaded it.',
  ),
];

function row(index: number, given: Partial<DrillRowView> = {}): DrillRowView {
  const startedAtMs = NOW - index * 7 * DAY - 8 * 60 * MINUTE;
  return {
    id: `${(0x3f2a9c1b + index * 0x1010101).toString(16)}04c7e1b2`,
    projectId: 'p-shop-prod',
    project: 'shop-prod',
    backupId: '8c04a7d1c0ffee00',
    backupAtMs: startedAtMs - 19 * MINUTE,
    kind: 'full',
    place: 'a private Postgres 15.10 on this computer',
    verdict: 'pass',
    reason: '41 tables, 12,480,113 rows came back; rows and fingerprints of every table match the manifest.',
    startedAtMs,
    atMs: startedAtMs + 12 * MINUTE,
    rtoMs: 700_000 - index * 13_000,
    leftOut: 0,
    ...given,
  };
}

export const drills: DrillRowView[] = Array.from({ length: 12 }, (_, index) => {
  if (index === 5) {
    return row(index, {
      verdict: 'fail',
      rtoMs: 31.5 * MINUTE,
      leftOut: 0,
      reason:
        '41 tables, 12,480,113 rows came back, and 1 thing is not as it should be, the first: public.order_lines.',
    });
  }
  if (index === 8)
    return row(index, {
      verdict: 'inconclusive',
      rtoMs: null,
      leftOut: 0,
      reason:
        'The extension postgis is not on this computer, and without it the tables that use it cannot be made.',
    });
  return row(index);
}).toSpliced(
  1,
  0,
  row(0, {
    id: 'aa10bb20cc30dd40',
    kind: 'sample',
    rtoMs: 9_000,
    leftOut: 0,
    startedAtMs: NOW - 26 * 60 * MINUTE,
    reason:
      'A sample of public.orders only: 1 table, 2,000 rows came back; rows and fingerprints of every table match the manifest.',
  }),
);

const PHASES: [string, string, number][] = [
  ['preflight', 'Preflight', 4_000],
  ['server', 'Private Postgres', 2_000],
  ['structure', 'Structure', 18_000],
  ['rows', 'Rows', 492_000],
  ['indexes', 'Indexes', 141_000],
  ['check', 'Check', 43_000],
  ['clean', 'Clear up', 1_200],
];

export function drillView(given: DrillRowView): DrillView {
  let at = 0;
  const phases = PHASES.map(([id, title, elapsedMs]) => {
    const phase = { id, title, afterMs: at, elapsedMs };
    at += elapsedMs;
    return phase;
  });
  const failing = CHECKS.map((one) =>
    one.id === 'fingerprints'
      ? check('fingerprints', 'Fingerprints', '40 of 41', one.done, 'fail', [
          'public.order_lines: 4,100,220 rows, and their content differs',
        ])
      : one.id === 'orphans'
        ? check(
            'orphans',
            'Orphans',
            '3',
            'In 54 foreign keys, each asked by a join. These keys are NOT VALID in the original too; its rows came back as they were.',
            'noted',
            ['public.notes notes_about_fkey: 3 rows point to nothing'],
          )
        : one,
  );
  const isOpen = given.verdict === 'inconclusive';
  return {
    ...given,
    goalMs: 30 * MINUTE,
    tables: given.kind === 'sample' ? ['public.orders'] : [],
    phases: isOpen ? phases.slice(0, 1) : phases,
    checks: isOpen ? [] : given.verdict === 'fail' ? failing : CHECKS,
    facts: [
      { name: 'Backup', value: '8c04a7d1 of shop-prod', note: 'today 03:01' },
      { name: 'Read from', value: 'vault “Anchor”', note: null },
      { name: 'Into', value: given.place, note: null },
      { name: 'Postgres', value: '15.10 for the drill, 15.8 at the source', note: null },
      { name: 'Space used', value: '9.8 GB', note: 'given back' },
    ],
    wall: { state: 'whole', word: 'whole', said: 'no program, no file of others, no network' },
    notes: [],
    limits: [],
    obstacles: [],
    trigger: 'by hand',
    command: 'holdfast drill run shop-prod',
  };
}

export const drillPlan: DrillPlanView = {
  backupId: '8c04a7d1c0ffee00',
  projectId: 'p-shop-prod',
  project: 'shop-prod',
  atMs: NOW - 2 * 60 * MINUTE,
  kind: 'full',
  tables: [],
  place: 'a private Postgres 15.10 on this computer',
  server: '15.10',
  originalServer: '15.8',
  neededBytes: 26_100_000_000,
  freeBytes: 412_400_000_000,
  extensions: [
    { name: 'plpgsql 1.0', isThere: true },
    { name: 'pgcrypto 1.3', isThere: true },
  ],
  limits: [],
  assertions: 5,
  obstacles: [],
  remedies: [],
  warnings: [],
  wall: { state: 'partly', word: 'in part', said: 'its processes could end other programs of its account' },
  goalMs: 30 * MINUTE,
  command: 'holdfast drill run shop-prod',
};

/** Answers about drills. */
const contained = ({ name, pull }: AskImage) => ({
  place: `a container of ${name}, by Docker on this computer`,
  server: '15',
  wall: null,
  extensions: drillPlan.extensions.map((one) => ({ ...one, isThere: null })),
  warnings: [
    ...(pull ? [`The image ${name} is not on this computer: it is fetched from its registry first.`] : []),
    'The container reaches no network. Its image runs with what your container engine gives it.',
  ],
  command: `holdfast drill run shop-prod --image ${name}${pull ? ' --pull' : ''}`,
});

export function drillsOf(scenario: string) {
  return {
    drill_plan: ({ on, tables, image }) =>
      scenario === 'no_server'
        ? fail({
            code: 'no_server_programs',
            message:
              'no server can be started on this computer for the drill: postgres was not found on this computer',
            hint: 'Install the package postgresql-15. Or name a project whose server lends a database for it: `--on PROJECT`.',
          })
        : scenario === 'obstacle'
          ? {
              ...drillPlan,
              extensions: [...drillPlan.extensions, { name: 'postgis 3.4.2', isThere: false }],
              obstacles: [
                'The extension postgis is not on this computer, and without it the tables that use it cannot be made.',
                'The role holdfast_reader may not create databases on the server of shop-staging. Run there: alter role "holdfast_reader" createdb;',
              ],
              remedies: [
                {
                  at: 1,
                  of: 'The role holdfast_reader may not create databases on the server of shop-staging. Run there: alter role "holdfast_reader" createdb;',
                  obstacle:
                    'The role holdfast_reader may not create databases on the server of shop-staging.',
                  sql: 'alter role "holdfast_reader" createdb;',
                },
              ],
            }
          : {
              ...drillPlan,
              kind: tables.length > 0 ? 'sample' : 'full',
              place:
                on === null ? drillPlan.place : 'a database on the server of shop-staging, Postgres 15.8',
              ...(image === null ? {} : contained(image)),
            },
    drill_start: () => ({ jobId: 'j-running' }),
    drill_list: ({ project }) =>
      scenario === 'empty' ? [] : project === null || project === 'p-shop-prod' ? drills : [],
    drill_show: ({ drill }) => {
      const found = drills.find((each) => each.id === drill || each.verdict === drill || each.kind === drill);
      return found
        ? drillView(found)
        : fail({
            code: 'drill_not_found',
            message: `there is no drill "${drill}"`,
            hint: 'List what there is with `holdfast drill list`.',
          });
    },
    drill_report_save: () => ({}),
  } satisfies Partial<Handlers>;
}
