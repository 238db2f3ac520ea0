import type { FateView, GoalPresetView, KeepingView, PolicyView, ReasonView, RetentionDayView, RetentionPlanView, RetentionRunView, RetentionView } from '../bindings';
import type { Handlers } from './index';
import { NOW } from './projects';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const nothing: PolicyView = { keepLast: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinMs: null, floor: 3, zone: 'Europe/Berlin' };
const omniops: PolicyView = { ...nothing, hourly: 24, daily: 30, weekly: 12, monthly: 12, yearly: 7 };
const ENDS = '3 verified always stay. Days are of Europe/Berlin.';
const EVERYTHING = 'There is no policy: everything is kept.';

const presets = [
  { name: 'omniops', words: `Keep 24 hourly, 30 daily, 12 weekly, 12 monthly, 7 yearly; ${ENDS}`, policy: omniops },
  { name: 'wedsync', words: `Keep 24 hourly, 7 daily, 4 weekly, 12 monthly; ${ENDS}`, policy: { ...nothing, hourly: 24, daily: 7, weekly: 4, monthly: 12 } },
  { name: 'keep-7', words: `Keep the last 7; ${ENDS}`, policy: { ...nothing, keepLast: 7 } },
  { name: '30-days', words: `Keep all within 30 days of the newest; ${ENDS}`, policy: { ...nothing, withinMs: 30 * DAY } },
];

const because = (code: string, words: string): ReasonView => ({ code, words });
const fate = (night: number, reasons: ReasonView[], more: Partial<FateView> = {}): FateView => {
  const id = (0x1a2b3c4d + night * 7919).toString(16).padEnd(64, '0');
  return { backupId: id, shortId: id.slice(0, 8), atMs: NOW - night * DAY - 10 * HOUR, counts: true, isKept: true, reasons, untilMs: null, ...more };
};
const dateOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

function fates(): FateView[] {
  const daily = (night: number) => because('daily', `daily ${dateOf(NOW - night * DAY - 10 * HOUR)}`);
  const nights = Array.from({ length: 30 }, (_, night) => fate(night, night < 3 ? [...(night === 0 ? [because('newest_verified', 'newest verified')] : []), because('floor', 'one of the 3 that stay'), daily(night)] : [daily(night)]));
  nights[5] = fate(5, [because('grace', 'not verified: does not count, kept until 2026-12-04')], { counts: false, untilMs: NOW + 9 * DAY });
  nights[9] = fate(9, [because('held', 'held: the audit of 2026'), daily(9)]);
  nights[12] = fate(12, [because('undo', 'needed for the undo of restore 9c0de417, until 2026-12-10'), daily(12)]);
  nights[20] = fate(20, [because('until', 'kept until 2026-11-26, as somebody said')], { untilMs: NOW + 4 * DAY });
  return [
    ...nights,
    fate(36, [because('no_rule', 'no rule keeps it')], { isKept: false }),
    fate(37, [because('weekly', 'weekly 42')]),
    fate(38, [because('no_rule', 'no rule keeps it')], { isKept: false }),
    fate(41, [because('failed', 'its last proof failed, and newer ones are verified')], { isKept: false, counts: false }),
    fate(77, [because('weekly', 'weekly 36')]),
    fate(326, [because('yearly', 'yearly 2025'), because('monthly', 'monthly 2025-12')]),
  ];
}

const days = (all: FateView[]): RetentionDayView[] =>
  all.map((one) => {
    const atMs = one.atMs ?? NOW;
    return { date: dateOf(atMs), startMs: atMs - (atMs % DAY), backups: [one] };
  });

const interrupted: RetentionRunView = {
  id: 'r-1', plan: '5d1c0b7a9e3f2468', state: 'interrupted', planned: 8, removed: 3, code: null, startedAtMs: NOW - 2 * DAY, finishedAtMs: NOW - 2 * DAY + 4000,
  words: 'Its process ended: 3 of 8 backups were removed; the others are whole. Apply it again to go on.',
};

export const goalPresets: GoalPresetView[] = [
  { title: 'Financial data', goal: { category: 'financial', rpoMs: HOUR / 4, rtoMs: HOUR, copies: 3, drillEveryMs: 7 * DAY } },
  { title: 'User data', goal: { category: 'user_data', rpoMs: HOUR, rtoMs: 4 * HOUR, copies: 3, drillEveryMs: 7 * DAY } },
  { title: 'Standard', goal: { category: 'standard', rpoMs: 4 * HOUR, rtoMs: 8 * HOUR, copies: 3, drillEveryMs: 30 * DAY } },
  { title: 'Analytics', goal: { category: 'analytics', rpoMs: DAY, rtoMs: 3 * DAY, copies: 2, drillEveryMs: 90 * DAY } },
];

type Names = 'retention_show' | 'retention_set' | 'retention_preview' | 'retention_plan' | 'retention_apply' | 'backup_hold' | 'backup_release' | 'backup_expire' | 'goal_standing' | 'goal_presets';

/** How long backups are kept: a policy of tiers with something of every kind in its calendar; paused in the scenario `error`. */
export function retentionOf(scenario: string): Pick<Handlers, Names> {
  let policy: PolicyView | null = scenario === 'empty' ? null : omniops;
  let all = scenario === 'empty' ? [] : fates();
  const presetOf = (one: PolicyView | null) => presets.find((preset) => JSON.stringify(preset.policy) === JSON.stringify(one));
  const wordsOf = (one: PolicyView | null) => (one === null ? EVERYTHING : (presetOf(one)?.words ?? `Keep ${one.keepLast} and what the tiers say; ${ENDS}`));
  const lastRun = scenario === 'long' ? interrupted : null;
  const show = (project: string): RetentionView => ({
    projectId: project, project: project.replace(/^p-/, ''), policy, preset: presetOf(policy)?.name ?? null, words: wordsOf(policy), presets, lastRun,
    command: `holdfast retention set ${project.replace(/^p-/, '')} --preset ${presetOf(policy)?.name ?? 'omniops'} --time-zone Europe/Berlin`,
  });
  const plan = (project: string, looked: PolicyView | null): RetentionPlanView => {
    const name = project.replace(/^p-/, '');
    const isPaused = scenario === 'error';
    const shown = policy === null && looked === null ? all.map((one) => ({ ...one, isKept: true, reasons: [because('no_policy', 'there is no policy: everything is kept')] })) : isPaused ? all.map((one) => (one.isKept ? one : { ...one, isKept: true, reasons: [because('paused', 'retention is paused'), ...one.reasons] })) : all;
    const removed = shown.filter((one) => !one.isKept).length;
    return {
      id: '5d1c0b7a9e3f2468', projectId: project, project: name, policy: looked ?? policy, words: wordsOf(looked ?? policy), isSet: looked === null,
      pause: isPaused ? `the last 2 runs of ${name} failed: nothing is removed until one works again.` : null,
      kept: shown.length - removed, removed, days: days(shown),
      leaving: shown.filter((one) => one.untilMs !== null && one.untilMs <= NOW + 7 * DAY).map((one) => ({ backupId: one.backupId, shortId: one.shortId, atMs: one.atMs, untilMs: one.untilMs ?? NOW })),
      confirm: name,
      effects: removed === 0 ? ['Nothing is removed.'] : [`${removed} backups go from the list and from the vault; they cannot be brought back.`, 'The space is freed when the vault is pruned: `holdfast vault prune`.'],
      lastRun, madeAtMs: NOW, command: `holdfast retention apply ${name} --plan 5d1c0b7a9e3f2468 --confirm ${name}`,
    };
  };
  const keeping = (backup: string, more: Partial<KeepingView>): KeepingView => ({ backupId: backup, project: 'shop-prod', holdReason: null, holdWho: null, heldAtMs: null, untilMs: null, ...more });
  return {
    retention_show: ({ project }) => show(project),
    retention_set: ({ project, policy: wanted }) => {
      policy = wanted;
      return show(project);
    },
    retention_preview: ({ project, policy: looked }) => plan(project, looked),
    retention_plan: ({ project }) => plan(project, null),
    retention_apply: ({ project, confirm }) => {
      const name = project.replace(/^p-/, '');
      if (confirm.trim() !== name) throw { code: 'not_confirmed', message: 'the typed confirmation does not match', hint: `Type exactly: ${name}`, retry: 'never', reportId: '4c1e77d0' };
      const removed = all.filter((one) => !one.isKept).map((one) => one.backupId);
      all = all.filter((one) => one.isKept);
      return { project: name, removed, left: [], stopped: null, next: 'The space is freed when the vault is pruned: `holdfast vault prune`.' };
    },
    backup_hold: ({ backup, reason }) => keeping(backup, { holdReason: reason, holdWho: 'anna', heldAtMs: NOW }),
    backup_release: ({ backup }) => keeping(backup, {}),
    backup_expire: ({ backup, untilMs }) => keeping(backup, { untilMs }),
    goal_presets: () => goalPresets,
    goal_standing: ({ project }) => ({
      projectId: project, project: project.replace(/^p-/, ''), category: null, rpoMs: null, rtoMs: scenario === 'empty' ? null : HOUR / 2, copies: null, drillEveryMs: null,
      recoveryGoalMs: DAY, ageMs: scenario === 'empty' ? null : 9 * HOUR, restoreMs: scenario === 'empty' ? null : 12 * 60_000, drilledAtMs: scenario === 'empty' ? null : NOW - 3 * DAY,
      proposal: {
        schedule: 'twice a day, at 02:00 and 14:00', everyMs: 12 * HOUR, retention: '30-days', retentionWords: presets[3]?.words ?? '', drillEveryMs: 7 * DAY,
        notes: ['Nobody said how much may be lost: a day is assumed.'],
        commands: ["holdfast schedule set shop-prod --cron '0 2,14 * * *'", 'holdfast retention set shop-prod --preset 30-days'],
      },
    }),
  };
}
