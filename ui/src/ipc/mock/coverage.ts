import type { CoveredPartView, ProjectCoverageView } from '../bindings';
import { NOW } from './projects';
import type { Handlers } from './index';

const HOUR = 3_600_000;

const part = (given: Partial<CoveredPartView> & Pick<CoveredPartView, 'key' | 'title'>): CoveredPartView => ({
  component: 'database',
  found: '',
  bytes: null,
  state: 'taken',
  why: 'in the database, same snapshot',
  canBeGivenUp: true,
  add: null,
  command: null,
  ...given,
});

const BASE: readonly CoveredPartView[] = [
  part({
    key: 'database',
    canBeGivenUp: false,
    title: 'Database',
    found: '57 tables in public, 38 of Supabase in 6 schemas; about 21,300,000 rows, 4 extensions',
    bytes: 18_400_000_000,
    why: '`pg_dump`, one snapshot',
  }),
  part({ key: 'users', title: 'Users', found: 'about 4,812 users' }),
  part({
    key: 'config:settings',
    canBeGivenUp: false,
    title: 'Configuration',
    component: 'config',
    found: 'settings: folder /srv/shop on shop.example',
    why: 'read over SSH',
  }),
];

const MISSING: readonly CoveredPartView[] = [
  part({
    key: 'storage:objects',
    title: 'Files',
    component: 'storage',
    found: 'about 54,771 objects of a storage service',
    state: 'not_taken',
    why: 'the rows that name them are in the database, and the files themselves are not',
    add: { kind: 'storage_api', url: 'http://localhost:8000' },
    command: 'holdfast component add shop-prod --storage-api http://localhost:8000 --secret-file FILE',
  }),
  part({
    key: 'redis:shop-cache',
    title: 'Redis',
    component: 'redis',
    found: 'redis:7-alpine in the container shop-cache',
    state: 'not_taken',
    why: 'it is not added yet',
    add: { kind: 'redis', url: 'redis://localhost:6379', container: 'shop-cache' },
    command: 'holdfast component add shop-prod --redis redis://localhost:6379 --docker shop-cache',
  }),
  part({
    key: 'logs:containers',
    title: 'Logs',
    component: 'logs',
    found: 'what 12 containers print: shop-api, shop-auth, shop-kong and 9 more',
    state: 'not_taken',
    why: 'off until you choose them',
    add: { kind: 'container_log', container: 'shop-api' },
    command: 'holdfast component add shop-prod --logs docker:shop-api',
  }),
];

type Commands = Pick<Handlers, 'project_coverage' | 'project_coverage_look' | 'project_parts_choose'>;

/** As it was seen with a backup. */
export const coverageThen: ProjectCoverageView = {
  atMs: NOW - 5 * HOUR,
  taken: BASE.length,
  parts: [...BASE, ...MISSING],
  notLooked: [],
  beside: [],
};

/** What a project has, and what of it backups take. */
export function coverageOf(scenario: string): Commands {
  const long = 'a-container-whose-name-nobody-reads-to-its-end-'.repeat(3);
  const missing =
    scenario === 'long'
      ? MISSING.map((one) => ({ ...one, found: `redis in the container ${long}` }))
      : MISSING;
  let unwanted: readonly string[] = [];
  const seen = (): ProjectCoverageView => {
    const all = [...BASE, ...(scenario === 'well' ? [] : missing)];
    const parts = all.map((one) =>
      unwanted.includes(one.key) ? { ...one, state: 'unwanted' as const } : one,
    );
    return {
      atMs: scenario === 'empty' ? null : NOW - 5 * HOUR,
      taken: parts.filter(({ state }) => state === 'taken').length,
      parts,
      notLooked: [],
      beside: [
        'The same owner has 1 other database on this server that no project backs up: wiki (41 MB). Add it as a project.',
      ],
    };
  };
  return {
    project_coverage: seen,
    project_coverage_look: seen,
    project_parts_choose: ({ without, with: again }) => {
      unwanted = [...unwanted, ...without].filter((key) => !again.includes(key));
      return seen();
    },
  };
}
