import type { ComponentSourceView, PartCountsView, PartPlanView, PlanParts } from '../bindings';
import { fail, type Handlers } from './index';
import { NOW } from './projects';

const HOUR = 3_600_000;

const source = (
  name: string,
  component: string,
  place: string,
  hasPassword = false,
): ComponentSourceView => ({ name, component, place, hasPassword, createdAtMs: NOW - 40 * 24 * HOUR });

const uploads = source('uploads', 'storage', 'folder /srv/shop/uploads');
const settings = source(
  'config',
  'config',
  '/srv/shop/.env, /srv/shop/docker-compose.yml, /etc/nginx/sites-enabled/shop.conf',
);
const cache = source('redis', 'redis', 'Redis at cache.shop.example:6379', true);
const logs = source('project_logs', 'logs', 'table public.project_logs');

const none: PartCountsView = {
  name: '',
  add: 0,
  replace: 0,
  same: 0,
  delete: 0,
  extra: 0,
  expired: 0,
  bytes: 0,
};

const undone: PartCountsView = {
  ...none,
  name: 'uploads',
  replace: 3,
  same: 24_001,
  delete: 11,
  extra: 1,
  bytes: 4_200_000,
};

/** What a plan for parts would do. */
function planned({ backup, component, name, target, deletesExtra }: PlanParts): PartPlanView {
  const isFolder = target.kind === 'folder';
  const counts: PartCountsView = {
    ...none,
    name: name ?? 'uploads',
    ...(isFolder
      ? { add: 24_016, bytes: 5_790_000_000 }
      : {
          add: 12,
          replace: 3,
          same: 24_001,
          ...(deletesExtra ? { delete: 41 } : { extra: 41 }),
          bytes: 4_200_000,
        }),
  };
  const isTaken = isFolder && target.path.includes('/taken/');
  return {
    id: 'part-plan-1',
    kind: 'parts',
    backupId: backup,
    atMs: NOW - 5 * HOUR,
    validUntilMs: NOW + HOUR,
    component,
    target,
    counts: [counts],
    total: counts,
    steps: isFolder
      ? [
          `Write 24,016 files with 5.8 GB from backup 9f2c11ab into ${target.path}.`,
          'Read back what was written, and compare it with backup 9f2c11ab.',
        ]
      : [
          'Back up the stored files of shop-prod as they are now.',
          'Add 12 files from backup 9f2c11ab.',
          'Replace 3 files from backup 9f2c11ab.',
          deletesExtra
            ? 'Delete 41 files from backup 9f2c11ab.'
            : 'Leave 41 files alone, which the backup does not have.',
          'Read back what was written, and compare it with backup 9f2c11ab.',
        ],
    blockers: isTaken ? ['The folder is not empty. Choose a folder that is, or that is not there.'] : [],
    warnings: [
      'Of “uploads” 2 files were not taken as of one moment: lost.jpg: it was gone when it was to be read.',
    ],
    makesSafety: !isFolder,
    noSafetyBecause: null,
    confirm: 'shop-prod',
    button: isFolder ? 'Write 24,016 files of shop-prod' : 'Replace 3 files in shop-prod',
    command: `holdfast restore plan ${backup} --component ${component} --in-place --out plan.json`,
  };
}

type Commands = Pick<
  Handlers,
  | 'component_list'
  | 'component_add'
  | 'component_test'
  | 'component_remove'
  | 'parts_plan'
  | 'parts_undo_plan'
  | 'parts_apply'
>;

/** What a project has beside its database, and bringing it back. */
export function componentsOf(scenario: string): Commands {
  let known: ComponentSourceView[] = scenario === 'whole' ? [uploads, settings, cache, logs] : [];
  return {
    component_list: () => [...known],
    component_add: ({ name, place }) => {
      const added = source(
        name ?? 'uploads',
        place.kind === 'redis' ? 'redis' : 'storage',
        'folder /srv/shop/uploads',
      );
      known = [...known.filter((one) => one.name !== added.name), added];
      return added;
    },
    component_test: ({ name }) =>
      name === 'redis'
        ? fail({
            code: 'redis_sign_in',
            message: 'the Redis server at cache.shop.example:6379 refuses to sign in: WRONGPASS',
            hint: 'Enter the password of the account again.',
          })
        : {
            source: known.find((one) => one.name === name) ?? uploads,
            items: 24_016,
            bytes: 5_790_000_000,
            leftOut: ['2026/current: it is a link, which is not followed'],
            leftOutCount: 1,
            sentence: 'folder /srv/shop/uploads has 24,016 files with 5.8 GB. 1 more cannot be taken.',
          },
    component_remove: ({ name }) => {
      known = known.filter((one) => one.name !== name);
      return {};
    },
    parts_plan: planned,
    parts_undo_plan: ({ run }) => ({
      ...planned({
        backup: 'b-safety',
        component: 'storage',
        name: 'uploads',
        prefix: null,
        target: { kind: 'in_place' },
        deletesExtra: false,
        noSafetyBecause: null,
      }),
      counts: [undone],
      total: undone,
      steps: [
        'Back up the stored files of shop-prod as they are now.',
        'Give 3 files the state of 26 Nov 2026 05:12:40 (4.2 MB in all).',
        'Delete 11 files that the restore added.',
        'Leave 1 file alone: changed or deleted since the restore.',
        'Read back what was written, and compare it.',
      ],
      warnings: [],
      button: 'Undo: 14 files in shop-prod',
      command: `holdfast restore undo ${run} --out plan.json`,
    }),
    parts_apply: () => ({ jobId: 'j-running' }),
  };
}
