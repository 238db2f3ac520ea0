import type {
  BackupFateView,
  FateView,
  KeepingView,
  PolicyView,
  ReasonView,
  RetentionDayView,
  RetentionPlanView,
  RetentionRunView,
  RetentionView,
} from '../bindings';
import type { Handlers } from './index';
import { NOW } from './projects';
import { backups } from './backups';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const nothing: PolicyView = {
  keepLast: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  withinMs: null,
  floor: 3,
  zone: 'Europe/Berlin',
};
const omniops: PolicyView = { ...nothing, hourly: 24, daily: 30, weekly: 12, monthly: 12, yearly: 7 };
const EVERYTHING = 'There is no policy: everything is kept.';

const ends = ({ floor, zone }: PolicyView) => `${floor} verified always stay. Days are of ${zone}.`;
const figures = (policy: PolicyView) =>
  [
    ...(policy.keepLast > 0 ? [`the last ${policy.keepLast}`] : []),
    ...(['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const)
      .filter((tier) => policy[tier] > 0)
      .map((tier) => `${policy[tier]} ${tier}`),
    ...(policy.withinMs === null ? [] : [`all within ${policy.withinMs / DAY} days of the newest`]),
  ].join(', ');
const wordsOf = (policy: PolicyView | null) =>
  policy === null ? EVERYTHING : `Keep ${figures(policy)}; ${ends(policy)}`;

const preset = (name: string, policy: PolicyView) => ({ name, words: wordsOf(policy), policy });
export const presets = [
  preset('omniops', omniops),
  preset('wedsync', { ...nothing, hourly: 24, daily: 7, weekly: 4, monthly: 12 }),
  preset('keep-7', { ...nothing, keepLast: 7 }),
  preset('30-days', { ...nothing, withinMs: 30 * DAY }),
];

const because = (code: string, words: string): ReasonView => ({ code, words });
const dateOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** A backup before anything is decided; what a person or a restore said of it stands beside. */
interface Base {
  atMs: number;
  id: string;
  counts: boolean;
  apart: ReasonView[];
  untilMs: number | null;
}

const base = (index: number, atMs: number): Base => ({
  atMs,
  id: backups[index]?.id ?? (0x1a2b3c4d + index * 7919).toString(16).padEnd(64, '0'),
  counts: true,
  apart: [],
  untilMs: null,
});

/** Something of every kind: nights, a few older ones, one that is held, dated, needed, not verified. */
function nights(): Base[] {
  const ages = [
    ...Array.from({ length: 44 }, (_, night) => night),
    47,
    49,
    52,
    54,
    61,
    68,
    77,
    84,
    110,
    141,
    172,
    233,
    326,
    420,
  ];
  const all = ages.map((age, index) => base(index, NOW - age * DAY - 10 * HOUR));
  const change = (index: number, more: Partial<Base>) => all[index] && Object.assign(all[index], more);
  change(5, {
    counts: false,
    apart: [because('grace', 'not verified: does not count, kept until 2026-12-04')],
    untilMs: NOW + 9 * DAY,
  });
  change(9, { apart: [because('held', 'held: the audit of 2026')] });
  change(12, { apart: [because('undo', 'needed for the undo of restore 9c0de417, until 2026-12-10')] });
  change(20, {
    apart: [because('until', 'kept until 2026-11-26, as somebody said')],
    untilMs: NOW + 4 * DAY,
  });
  change(36, { counts: false });
  return all;
}

const TIERS: [
  keyof PolicyView & ('hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly'),
  (atMs: number) => string,
][] = [
  ['hourly', (atMs) => `${dateOf(atMs)} ${new Date(atMs).toISOString().slice(11, 13)}:00`],
  ['daily', dateOf],
  ['weekly', (atMs) => String(Math.floor((atMs / DAY + 3) / 7) % 52)],
  ['monthly', (atMs) => dateOf(atMs).slice(0, 7)],
  ['yearly', (atMs) => dateOf(atMs).slice(0, 4)],
];

/** As the engine decides, as far as a page can tell. */
function decided(all: readonly Base[], policy: PolicyView | null, isPaused: boolean): FateView[] {
  const counting = all.filter((one) => one.counts);
  const newest = counting[0]?.atMs ?? 0;
  const reasons = new Map<Base, ReasonView[]>(all.map((one) => [one, [...one.apart]]));
  const add = (one: Base | undefined, reason: ReasonView) => one && reasons.get(one)?.push(reason);
  if (policy) {
    add(counting[0], because('newest_verified', 'newest verified'));
    counting
      .slice(0, policy.floor)
      .forEach((one) => add(one, because('floor', `one of the ${policy.floor} that stay`)));
    counting
      .slice(0, policy.keepLast)
      .forEach((one) => add(one, because('last', `one of the last ${policy.keepLast}`)));
    for (const [tier, keyOf] of TIERS) {
      const seen = new Set<string>();
      for (const one of counting) {
        const key = keyOf(one.atMs);
        if (seen.has(key)) continue;
        if (seen.size === policy[tier]) break;
        seen.add(key);
        add(one, because(tier, `${tier} ${key}`));
      }
    }
    if (policy.withinMs !== null)
      counting
        .filter((one) => one.atMs + (policy.withinMs ?? 0) >= newest)
        .forEach((one) =>
          add(one, because('within', `within ${(policy.withinMs ?? 0) / DAY} days of the newest`)),
        );
  }
  return all.map((one) => {
    const keep = policy
      ? (reasons.get(one) ?? [])
      : [because('no_policy', 'there is no policy: everything is kept')];
    const go = one.counts
      ? because('no_rule', 'no rule keeps it')
      : because('failed', 'its last proof failed, and newer ones are verified');
    const isKept = keep.length > 0 || isPaused;
    return {
      backupId: one.id,
      shortId: one.id.slice(0, 8),
      atMs: one.atMs,
      counts: one.counts,
      isKept,
      reasons: keep.length > 0 ? keep : isPaused ? [because('paused', 'retention is paused'), go] : [go],
      untilMs: isKept && policy ? one.untilMs : null,
    };
  });
}

function daysOf(fates: readonly FateView[]): RetentionDayView[] {
  const days = new Map<string, RetentionDayView>();
  for (const fate of fates) {
    const atMs = fate.atMs ?? NOW;
    const date = dateOf(atMs);
    const day = days.get(date) ?? { date, startMs: atMs - (atMs % DAY), backups: [] };
    day.backups.push(fate);
    days.set(date, day);
  }
  return [...days.values()];
}

const interrupted: RetentionRunView = {
  id: 'r-1',
  plan: '5d1c0b7a9e3f2468',
  state: 'interrupted',
  planned: 8,
  removed: 3,
  code: null,
  startedAtMs: NOW - 2 * DAY,
  finishedAtMs: NOW - 2 * DAY + 4000,
  words: 'Its process ended: 3 of 8 backups were removed; the others are whole. Apply it again to go on.',
};
const done: RetentionRunView = {
  ...interrupted,
  id: 'r-0',
  state: 'done',
  planned: 7,
  removed: 7,
  startedAtMs: NOW - 6 * DAY,
  finishedAtMs: NOW - 6 * DAY + 9000,
  words: '7 of 7 backups were removed.',
};

type Names =
  | 'retention_show'
  | 'retention_set'
  | 'retention_preview'
  | 'retention_plan'
  | 'retention_apply'
  | 'backup_hold'
  | 'backup_release'
  | 'backup_expire'
  | 'backup_fates';

/** How long backups are kept. Paused in `error`, interrupted in `long`, ten thousand in `many`, no policy in `empty`, stale once in `stale`. */
export function retentionOf(scenario: string): Pick<Handlers, Names> {
  let policy: PolicyView | null = ['empty', 'uncounted'].includes(scenario) ? null : omniops;
  let all =
    scenario === 'empty'
      ? []
      : scenario === 'many'
        ? Array.from({ length: 10_000 }, (_, index) => base(index, NOW - 2 * HOUR - index * 6 * HOUR))
        : nights();
  let applied = 0;
  const said = new Map<string, KeepingView>();
  const presetOf = (one: PolicyView | null) =>
    presets.find(
      (known) =>
        JSON.stringify(known.policy) === JSON.stringify(one && { ...one, floor: 3, zone: nothing.zone }),
    );
  const lastRun = scenario === 'long' ? interrupted : scenario === 'home' ? done : null;
  const nameOf = (project: string) =>
    scenario === 'long'
      ? 'warehouse-of-the-northern-subsidiary-production-eu-central-1'
      : project.replace(/^p-/, '');
  const show = (project: string): RetentionView => ({
    projectId: project,
    project: nameOf(project),
    policy,
    preset: presetOf(policy)?.name ?? null,
    words: wordsOf(policy),
    presets,
    lastRun,
    command: `holdfast retention set ${nameOf(project)} --preset ${presetOf(policy)?.name ?? 'omniops'} --time-zone Europe/Berlin`,
  });
  const isPaused = scenario === 'error';
  const plan = (project: string, looked: PolicyView | null): RetentionPlanView => {
    const name = nameOf(project);
    const fates = decided(all, looked ?? policy, isPaused);
    const removed = fates.filter((one) => !one.isKept).length;
    return {
      id: `5d1c0b7a9e3f246${applied}`,
      projectId: project,
      project: name,
      policy: looked ?? policy,
      words: wordsOf(looked ?? policy),
      isSet: looked === null,
      pause: isPaused ? `the last 2 runs of ${name} failed: nothing is removed until one works again.` : null,
      kept: fates.length - removed,
      removed,
      removedAddedBytes: removed * 241_000_000,
      days: daysOf(fates),
      leaving: fates
        .filter((one) => one.untilMs !== null && one.untilMs <= NOW + 7 * DAY)
        .map((one) => ({
          backupId: one.backupId,
          shortId: one.shortId,
          atMs: one.atMs,
          untilMs: one.untilMs ?? NOW,
        })),
      confirm: name,
      effects:
        removed === 0
          ? ['Nothing is removed.']
          : [
              `${removed} backups go from the list and from the vault; they cannot be brought back.`,
              'The space is freed when the vault is pruned: `holdfast vault prune`.',
            ],
      lastRun,
      madeAtMs: NOW,
      command: `holdfast retention apply ${name} --plan 5d1c0b7a9e3f2468 --confirm ${name}`,
    };
  };
  const keeping = (backup: string, more: Partial<KeepingView>): KeepingView => {
    const kept = {
      backupId: backup,
      project: 'shop-prod',
      holdReason: null,
      holdWho: null,
      heldAtMs: null,
      untilMs: null,
      ...said.get(backup),
      ...more,
    };
    said.set(backup, kept);
    return kept;
  };
  const fateOf = (fate: FateView): BackupFateView => {
    const at = fate.reasons.find(({ code }) => code === 'held');
    const known = said.get(fate.backupId);
    const dated = fate.reasons.some(({ code }) => code === 'until') ? fate.untilMs : null;
    const untilMs = known ? known.untilMs : dated;
    return {
      projectId: 'p-shop-prod',
      project: 'shop-prod',
      hasPolicy: policy !== null,
      pause: null,
      fate,
      holdReason: known ? known.holdReason : (at?.words.replace('held: ', '') ?? null),
      holdWho: known ? known.holdWho : at ? 'anna@laptop' : null,
      heldAtMs: known ? known.heldAtMs : at ? NOW - 20 * DAY : null,
      untilMs,
      expiresMs: untilMs !== null && untilMs <= NOW + 7 * DAY ? untilMs : null,
    };
  };
  return {
    retention_show: ({ project }) => show(project),
    retention_set: ({ project, policy: wanted }) => {
      policy = wanted;
      return show(project);
    },
    retention_preview: ({ project, policy: looked }) => plan(project, looked),
    retention_plan: ({ project }) => plan(project, null),
    retention_apply: ({ project, confirm }) => {
      if (confirm.trim() !== nameOf(project))
        throw {
          code: 'not_confirmed',
          message: 'the typed confirmation does not match',
          hint: `Type exactly: ${nameOf(project)}`,
          retry: 'never',
          reportId: '4c1e77d0',
        };
      applied += 1;
      if (scenario === 'stale' && applied === 1) {
        all = [base(999, NOW - HOUR), ...all];
        throw {
          code: 'plan_stale',
          message: `the backups of ${nameOf(project)} are not what they were when the plan was shown`,
          hint: null,
          retry: 'after_fix',
          reportId: '4c1e77d0',
        };
      }
      return { jobId: 'j-retention' };
    },
    backup_fates: ({ backups: wanted }) =>
      decided(all, policy, isPaused)
        .filter(({ backupId }) => wanted.includes(backupId))
        .map(fateOf),
    backup_hold: ({ backup, reason }) =>
      keeping(backup, { holdReason: reason, holdWho: 'anna@laptop', heldAtMs: NOW }),
    backup_release: ({ backup }) => keeping(backup, { holdReason: null, holdWho: null, heldAtMs: null }),
    backup_expire: ({ backup, untilMs }) => keeping(backup, { untilMs }),
  };
}
