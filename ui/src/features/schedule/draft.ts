import { HERE, lackOfPlace, trimmed, type Place } from '../../shared/DrillPlace';
import type { CreatesView, RuleView, ScheduleView, SetSchedule, WorkView } from '../../ipc/bindings';

/** A schedule while it is written. */
export type Draft = {
  name: string;
  work: WorkView;
  /** What its platform makes before it fetches; absent where it only fetches. */
  creates: CreatesView | null;
  /** Where its drills bring the backup back. */
  place: Place;
  kind: RuleView['kind'];
  at: string;
  weekday: string;
  monthday: number;
  expression: string;
  isUtc: boolean;
  waitsOnBattery: boolean;
  waitsOnMetered: boolean;
  quietFrom: string;
  quietTo: string;
  /** Empty means every day. */
  maintainedOn: string;
  maintainedFrom: string;
  maintainedTo: string;
  /** Days for which its backups are kept, whatever the policy says; empty leaves it to the policy. */
  keepDays: number | '';
  /** Kept as it is: the page does not ask for it. */
  jitterS: number;
};

export const WORKS: { value: WorkView; title: string; detail: string; isPlatform?: boolean }[] = [
  { value: 'backup', title: 'Back up', detail: 'Reads the project and verifies what was written.' },
  {
    value: 'pull',
    title: 'Pull',
    detail: 'Fetches what its platform backed up and reads it back.',
    isPlatform: true,
  },
  {
    value: 'verify_quick',
    title: 'Verify the bytes',
    detail: 'Every byte of the newest backup is read and compared.',
  },
  {
    value: 'verify_sample',
    title: 'Restore a sample',
    detail: 'One table of the newest backup comes back, each day another one.',
  },
  {
    value: 'verify_full',
    title: 'Verify in full',
    detail: 'The newest backup is read, opened, and its rows are counted.',
  },
  { value: 'drill', title: 'Drill', detail: 'The newest backup is restored, judged, and thrown away.' },
  {
    value: 'prune',
    title: 'Clean up',
    detail: 'Backups go as the project’s retention says; then what no backup needs is freed.',
  },
  {
    value: 'copy',
    title: 'Replicas',
    detail: 'The vault is copied to its replicas, and a part of each is read back.',
  },
];

export const RULES: { value: RuleView['kind']; label: string }[] = [
  { value: 'hourly', label: 'Every hour' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
  { value: 'monthly', label: 'Every month' },
  { value: 'cron', label: 'As cron says' },
];

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map(
  (label) => ({ value: label.toLowerCase(), label }),
);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Below so many per cent of a battery a run waits. */
export const BATTERY_PERCENT = 30;

export const newDraft = (isPulled: boolean): Draft => ({
  name: '',
  work: isPulled ? 'pull' : 'backup',
  creates: null,
  place: HERE,
  kind: 'daily',
  at: '02:00',
  weekday: 'sunday',
  monthday: 1,
  expression: '0 */6 * * *',
  isUtc: false,
  waitsOnBattery: true,
  waitsOnMetered: true,
  quietFrom: '',
  quietTo: '',
  maintainedOn: '',
  maintainedFrom: '',
  maintainedTo: '',
  keepDays: '',
  jitterS: 0,
});

export function draftOf(schedule: ScheduleView): Draft {
  const { rule, conditions } = schedule;
  const draft = newDraft(false);
  return {
    ...draft,
    name: schedule.name,
    work: schedule.work,
    creates: schedule.creates,
    place: { on: schedule.on, image: schedule.image },
    kind: rule.kind,
    at: 'at' in rule ? rule.at : draft.at,
    weekday: rule.kind === 'weekly' ? rule.day : draft.weekday,
    monthday: rule.kind === 'monthly' ? rule.day : draft.monthday,
    expression: rule.kind === 'cron' ? rule.expression : draft.expression,
    isUtc: schedule.zone === 'utc',
    waitsOnBattery: conditions.batteryPercentMin !== null,
    waitsOnMetered: conditions.unmeteredOnly,
    quietFrom: conditions.quiet?.from ?? '',
    quietTo: conditions.quiet?.to ?? '',
    maintainedOn: conditions.maintenance?.day ?? '',
    maintainedFrom: conditions.maintenance?.hours.from ?? '',
    maintainedTo: conditions.maintenance?.hours.to ?? '',
    keepDays: schedule.keepMs === null ? '' : schedule.keepMs / DAY_MS,
    jitterS: schedule.jitterS,
  };
}

export function ruleOf({ kind, at, weekday, monthday, expression }: Draft): RuleView {
  switch (kind) {
    case 'hourly':
      return { kind };
    case 'daily':
      return { kind, at };
    case 'weekly':
      return { kind, day: weekday, at };
    case 'monthly':
      return { kind, day: monthday, at };
    case 'cron':
      return { kind, expression: expression.trim() };
  }
}

/** What is made before anything is chosen. */
export const newCreates = (kind: string): CreatesView => ({
  kind,
  compress: true,
  encrypt: false,
  format: null,
  notifyEmail: null,
  rangeMs: kind === 'logs' ? DAY_MS : null,
});

/** Only what brings a backup can say how long it is kept. */
export const makesBackups = (work: WorkView): boolean => work === 'backup' || work === 'pull';

/** Only what brings a backup back does it somewhere. */
export const isDrilled = (work: WorkView): boolean => work === 'drill' || work === 'verify_sample';

const keepMs = (draft: Draft): number | null =>
  makesBackups(draft.work) && draft.keepDays !== '' ? draft.keepDays * DAY_MS : null;

const isMaintained = (draft: Draft): boolean => draft.maintainedFrom !== '' && draft.maintainedTo !== '';

export const requestOf = (project: string, draft: Draft): SetSchedule => ({
  project,
  name: draft.name.trim() || null,
  work: draft.work,
  rule: ruleOf(draft),
  zone: draft.isUtc ? 'utc' : 'local',
  jitterS: draft.jitterS,
  keepMs: keepMs(draft),
  creates: draft.creates,
  ...(isDrilled(draft.work) ? trimmed(draft.place) : HERE),
  conditions: {
    batteryPercentMin: draft.waitsOnBattery ? BATTERY_PERCENT : null,
    unmeteredOnly: draft.waitsOnMetered,
    quiet:
      draft.quietFrom !== '' && draft.quietTo !== '' ? { from: draft.quietFrom, to: draft.quietTo } : null,
    maintenance: isMaintained(draft)
      ? { day: draft.maintainedOn || null, hours: { from: draft.maintainedFrom, to: draft.maintainedTo } }
      : null,
  },
});

/** What is missing before it can be set, as a sentence. */
export function lackOf(draft: Draft): string | null {
  const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
  if (['daily', 'weekly', 'monthly'].includes(draft.kind) && !isTime(draft.at)) return 'Give a time.';
  if (draft.creates?.kind === '') return 'Choose what its platform makes.';
  const place = isDrilled(draft.work) ? lackOfPlace(draft.place) : null;
  if (place !== null) return place;
  if (draft.kind === 'cron' && draft.expression.trim().split(/\s+/).length !== 5)
    return 'Cron wants five fields: minute, hour, day, month, weekday.';
  if ((draft.quietFrom === '') !== (draft.quietTo === ''))
    return 'Quiet hours need their beginning and their end.';
  if ((draft.maintainedFrom === '') !== (draft.maintainedTo === ''))
    return 'Maintenance needs its beginning and its end.';
  return null;
}
