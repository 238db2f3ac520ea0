import type { ConditionsView, RuleView, ScheduleView, WorkView } from '../bindings';
import type { Handlers } from './index';
import { NOW } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const usual: ConditionsView = { batteryPercentMin: 30, unmeteredOnly: true, quiet: null, maintenance: null };
const WORKS: Record<WorkView, string> = {
  backup: 'Backup',
  pull: 'Pull',
  verify_quick: 'Quick verification',
  verify_sample: 'Sample verification',
  verify_full: 'Full verification',
  drill: 'Drill',
  prune: 'Retention',
  copy: 'Replicas',
};

/** A rule as the engine words it. */
function words(rule: RuleView): string {
  switch (rule.kind) {
    case 'hourly':
      return 'every hour';
    case 'daily':
      return `every day at ${rule.at}`;
    case 'weekly':
      return `every ${rule.day.charAt(0).toUpperCase()}${rule.day.slice(1)} at ${rule.at}`;
    case 'monthly':
      return rule.day > 28
        ? `on day ${rule.day} of each month at ${rule.at}, in shorter months on the last day`
        : `on day ${rule.day} of each month at ${rule.at}`;
    case 'cron':
      return `as cron says, ${rule.expression}`;
  }
}

const schedule = (
  given: Partial<ScheduleView> & { project: string; work: WorkView; rule: RuleView },
): ScheduleView => ({
  id: `s-${given.project}-${given.name ?? given.work}`,
  projectId: `p-${given.project}`,
  name: given.work.replace('_', '-'),
  workWords: WORKS[given.work],
  ruleWords: words(given.rule),
  zone: 'local',
  zoneWords: 'Europe/Berlin',
  jitterS: 0,
  keepMs: null,
  creates: null,
  on: null,
  image: null,
  conditions: usual,
  state: 'planned',
  because: 'Last verified: today 02:00 CET. Next: tomorrow 02:00 CET.',
  notes: [],
  nextAtMs: NOW + 9 * HOUR,
  upcomingMs: [9, 33, 57, 81, 105].map((hours) => NOW + hours * HOUR),
  pausedAtMs: null,
  pausedUntilMs: null,
  lastSuccessAtMs: NOW - 15 * HOUR,
  runs: [
    {
      slotMs: NOW - 15 * HOUR,
      state: 'succeeded',
      attempts: 1,
      endedAtMs: NOW - 15 * HOUR + 12 * MINUTE,
      jobId: 'j-done',
      said: '3.2 GB in the vault.',
    },
  ],
  command: `holdfast schedule set ${given.project} --daily 02:00 --kind ${given.work.replace('_', '-')}`,
  ...given,
});

/** One schedule in each state that a page has to show. */
export const schedules: ScheduleView[] = [
  schedule({ project: 'shop-prod', work: 'backup', rule: { kind: 'daily', at: '02:00' } }),
  schedule({
    project: 'shop-prod',
    work: 'verify_full',
    rule: { kind: 'weekly', day: 'sunday', at: '04:00' },
    state: 'waiting',
    because:
      'Due since Sun 22 Nov 2026 04:00 CET, and waiting: the battery is at 18 % and not charged; it waits below 30 %.',
    nextAtMs: null,
  }),
  schedule({
    project: 'shop-prod',
    work: 'drill',
    rule: { kind: 'monthly', day: 31, at: '05:00' },
    jitterS: 1800,
    conditions: { ...usual, quiet: { from: '08:00', to: '18:00' } },
    state: 'paused',
    because: 'Paused until Thu 24 Dec 2026 00:00 CET.',
    pausedAtMs: NOW - DAY,
    pausedUntilMs: NOW + 32 * DAY,
    nextAtMs: NOW + 39 * DAY,
    upcomingMs: [39, 70, 98, 129, 159].map((days) => NOW + days * DAY),
  }),
  schedule({
    project: 'atlas',
    work: 'backup',
    rule: { kind: 'hourly' },
    state: 'given_up',
    because: 'Tried 4 times in vain: The server does not answer. It needs a person. Next: today 15:00 CET.',
    nextAtMs: NOW + 20 * MINUTE,
    runs: [
      {
        slotMs: NOW - 40 * MINUTE,
        state: 'failed',
        attempts: 4,
        endedAtMs: NOW - 5 * MINUTE,
        jobId: 'j-failed',
        said: 'The server does not answer.',
      },
    ],
  }),
  schedule({
    project: 'atlas',
    work: 'verify_quick',
    rule: { kind: 'cron', expression: '30 */6 * * mon-fri' },
    zone: 'utc',
    zoneWords: 'UTC',
    state: 'running',
    because: 'The run of Sun 22 Nov 2026 12:30 UTC goes on.',
    notes: [
      'The last success is dated Fri 1 Jan 2027 03:00 UTC, which is yet to come: the clock was set back. It is not counted.',
    ],
  }),
];

export function schedulesOf(
  scenario: string,
): Pick<
  Handlers,
  'schedule_list' | 'schedule_set' | 'schedule_pause' | 'schedule_resume' | 'schedule_remove'
> {
  let kept = scenario === 'empty' ? [] : structuredClone(schedules);
  const of = (project: string) => kept.filter((one) => one.projectId === project || one.project === project);
  const named = (project: string, name: string | null) =>
    of(project).filter((one) => name === null || one.name === name);
  return {
    schedule_list: ({ project }) => (project === null ? kept : of(project)),
    schedule_set: ({ project, name, work, rule, zone, jitterS, creates, on, image, conditions }) => {
      const done = work ?? 'backup';
      const set = schedule({
        project: project.replace(/^p-/, ''),
        work: done,
        rule,
        zone,
        zoneWords: zone === 'utc' ? 'UTC' : 'Europe/Berlin',
        jitterS,
        creates,
        on,
        image,
        ...(image && { workWords: `${WORKS[done]} in a container of ${image.name}` }),
        ...(creates === null
          ? {}
          : {
              workWords: `${creates.kind.replace(/^./, (letter) => letter.toUpperCase())} backup there, and pull`,
            }),
        conditions: conditions ?? usual,
        name: name ?? (creates === null ? done.replace('_', '-') : `create-${creates.kind}`),
        lastSuccessAtMs: null,
        runs: [],
        because: 'Next: tomorrow 02:00 CET.',
      });
      kept = [...kept.filter((one) => one.id !== set.id), set];
      return set;
    },
    schedule_pause: ({ project, name, untilMs }) => {
      for (const one of named(project, name))
        Object.assign(one, {
          state: 'paused',
          because: 'Paused until it is resumed.',
          pausedAtMs: NOW,
          pausedUntilMs: untilMs,
          nextAtMs: untilMs,
          upcomingMs: [],
        });
      return of(project);
    },
    schedule_resume: ({ project, name }) => {
      for (const one of named(project, name))
        Object.assign(one, {
          ...schedule({ project: one.project, work: one.work, rule: one.rule }),
          id: one.id,
          name: one.name,
        });
      return of(project);
    },
    schedule_remove: ({ project, name }) => {
      const gone = named(project, name);
      kept = kept.filter((one) => !gone.includes(one));
      return {};
    },
  };
}
