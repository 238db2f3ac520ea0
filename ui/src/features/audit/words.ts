import type { AuditEntryView } from '../../ipc/bindings';

/** What the log can be narrowed to: the beginning of the acts' codes. */
export const NOUNS = [
  { value: '', label: 'All acts' },
  { value: 'backup.', label: 'Backups' },
  { value: 'restore.', label: 'Restores' },
  { value: 'project.', label: 'Projects' },
  { value: 'vault.', label: 'Vault and key' },
  { value: 'verify.', label: 'Verifications' },
  { value: 'drill.', label: 'Drills' },
  { value: 'assertion.', label: 'Assertions' },
  { value: 'goal.', label: 'Goals' },
  { value: 'scratch.', label: 'Scratch databases' },
  { value: 'settings.', label: 'Settings' },
  { value: 'chain.', label: 'The log itself' },
] as const;

const HOUR = 3_600_000;

export const SPANS = [
  { value: 'all', label: 'All' },
  { value: 'day', label: '24 h' },
  { value: 'week', label: '7 days' },
  { value: 'month', label: '30 days' },
] as const;

export type Span = (typeof SPANS)[number]['value'];

/** The beginning of a span, on the full hour so that the question stays the same while it is read. */
export function sinceOf(span: Span, nowMs: number = Date.now()): number | null {
  const hours = { all: null, day: 24, week: 7 * 24, month: 30 * 24 }[span];
  return hours === null ? null : Math.floor(nowMs / HOUR) * HOUR - hours * HOUR;
}

const BAD = /\.(failed|.*_failed|broken)$/;
const LOOK = /\.(refused|.*_refused|interrupted|cancelled)$/;

/** How an act is marked: what failed, what was refused or cut short, and nothing for the rest. */
export function toneOf(act: string): 'danger' | 'warn' | null {
  if (BAD.test(act)) return 'danger';
  return LOOK.test(act) ? 'warn' : null;
}

/** An id by its beginning; other texts as they are. */
export const short = (text: string): string => (/^[0-9a-f]{32,}$/.test(text) ? text.slice(0, 8) : text);

/** What an entry is about: `shop-prod`, `backup 8f31c2d4 of shop-prod`, `this profile`. */
export function aboutOf(entry: AuditEntryView): string {
  const { subjectKind: kind, subjectId: id, subjectName: name } = entry;
  if (kind === '') return 'this profile';
  if (kind === 'project') return name || short(id);
  if (kind === 'vault') return `vault “${name}”`;
  return [kind, short(id), name && `of ${name}`].filter(Boolean).join(' ');
}

/** The facts of an entry in one line. */
export const factsOf = (entry: AuditEntryView): string =>
  entry.facts.map((fact) => `${fact.name} ${short(fact.value)}`).join(' · ');

const DAY_HEADING = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** Heading of a day in the list. */
export function dayHeading(atMs: number, nowMs: number = Date.now()): string {
  const dayOf = (ms: number) => new Date(ms).toDateString();
  if (dayOf(atMs) === dayOf(nowMs)) return 'Today';
  if (dayOf(atMs) === dayOf(nowMs - 24 * HOUR)) return 'Yesterday';
  return DAY_HEADING.format(atMs)
    .replace(` ${new Date(nowMs).getFullYear()}`, '')
    .replace(/^(\w+) /, '$1, ');
}
