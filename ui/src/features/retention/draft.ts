import type { PolicyView, RetentionView } from '../../ipc/bindings';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** As the engine takes them. */
const COUNT_MAX = 10_000;
const FLOOR_MAX = 1000;
const DAYS_MAX = 36_600;

/** What is chosen: a preset by its name, figures of one's own, or that everything stays. */
export type Choice = 'none' | 'own' | (string & {});

export type Tier = 'keepLast' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

/** A policy while it is written; a figure that is no number is absent. */
export interface Draft {
  choice: Choice;
  counts: Record<Tier, number | null>;
  /** Days; absent where age alone keeps nothing. */
  withinDays: number | null;
  floor: number | null;
  zone: string;
}

export const TIERS: { tier: Tier; label: string; option: string }[] = [
  { tier: 'keepLast', label: 'The newest', option: '--keep-last' },
  { tier: 'hourly', label: 'Hours', option: '--hourly' },
  { tier: 'daily', label: 'Days', option: '--daily' },
  { tier: 'weekly', label: 'Weeks', option: '--weekly' },
  { tier: 'monthly', label: 'Months', option: '--monthly' },
  { tier: 'yearly', label: 'Years', option: '--yearly' },
];

export const PRESET_TITLES: Record<string, { title: string; detail: string }> = {
  omniops: {
    title: 'Hours to years',
    detail: 'One of each of 24 hours, 30 days, 12 weeks, 12 months and 7 years.',
  },
  wedsync: { title: 'Hours to a year', detail: 'One of each of 24 hours, 7 days, 4 weeks and 12 months.' },
  'keep-7': { title: 'The last seven', detail: 'The seven newest, whatever time they span.' },
  '30-days': { title: 'Thirty days', detail: 'Everything that is at most 30 days older than the newest.' },
};

const draftOfPolicy = (
  choice: Choice,
  { keepLast, hourly, daily, weekly, monthly, yearly, withinMs, floor, zone }: PolicyView,
): Draft => ({
  choice,
  counts: { keepLast, hourly, daily, weekly, monthly, yearly },
  withinDays: withinMs === null ? null : withinMs / DAY,
  floor,
  zone,
});

/** What is set, ready to be changed. */
export function draftOf({ policy, preset, presets }: RetentionView): Draft {
  if (policy) return draftOfPolicy(preset ?? 'own', policy);
  const first = presets[0]?.policy;
  const nothing: PolicyView = {
    keepLast: 7,
    hourly: 0,
    daily: 0,
    weekly: 0,
    monthly: 0,
    yearly: 0,
    withinMs: null,
    floor: 3,
    zone: 'UTC',
  };
  return { ...draftOfPolicy('none', first ?? nothing), choice: 'none' };
}

/** Another choice: a preset brings its figures, what one chose beside them stays. */
export function chosen(draft: Draft, choice: Choice, { presets }: Pick<RetentionView, 'presets'>): Draft {
  const preset = presets.find(({ name }) => name === choice);
  return preset
    ? { ...draftOfPolicy(choice, preset.policy), floor: draft.floor, zone: draft.zone }
    : { ...draft, choice };
}

/** The policy; absent where everything stays. */
export function policyOf({ choice, counts, withinDays, floor, zone }: Draft): PolicyView | null {
  if (choice === 'none') return null;
  const { keepLast, hourly, daily, weekly, monthly, yearly } = counts;
  return {
    keepLast: keepLast ?? 0,
    hourly: hourly ?? 0,
    daily: daily ?? 0,
    weekly: weekly ?? 0,
    monthly: monthly ?? 0,
    yearly: yearly ?? 0,
    withinMs: withinDays === null ? null : Math.round(withinDays * DAY),
    floor: floor ?? 0,
    zone,
  };
}

/** What is wrong with the figures, as a sentence. */
export function lackOf({ choice, counts, withinDays, floor }: Draft): string | null {
  if (choice === 'none') return null;
  const all = Object.values(counts);
  if (all.some((count) => count !== null && (!Number.isInteger(count) || count < 0 || count > COUNT_MAX)))
    return `Give whole numbers from 0 to ${COUNT_MAX.toLocaleString('en-GB')}.`;
  if (withinDays !== null && (withinDays < HOUR / DAY || withinDays > DAYS_MAX))
    return 'Give an age of at least an hour and at most a hundred years.';
  if (floor === null || !Number.isInteger(floor) || floor < 1 || floor > FLOOR_MAX)
    return `At least one verified backup always stays; give 1 to ${FLOOR_MAX.toLocaleString('en-GB')}.`;
  if (all.every((count) => !count) && withinDays === null)
    return 'Say what stays: with every figure at 0 nothing would.';
  return null;
}

export const isSame = (one: PolicyView | null, other: PolicyView | null): boolean =>
  one === other ||
  (one !== null &&
    other !== null &&
    (Object.keys(one) as (keyof PolicyView)[]).every((key) => one[key] === other[key]));
