import type { CategoryView, GoalView } from '../../ipc/bindings';
import { goalOf, UNITS, type Unit } from './rto';

/** A time as it is typed. */
export interface Span {
  text: string;
  unit: Unit;
}

/** Goals while they are written. */
export interface Draft {
  category: CategoryView | 'own';
  rpo: Span;
  rto: Span;
  drills: Span;
  copies: number | null;
  isWhole: boolean;
}

/** A time in the largest unit that says it in whole numbers. */
export function spanOf(ms: number | null, usual: Unit): Span {
  if (ms === null) return { text: '', unit: usual };
  const unit =
    (['days', 'hours', 'minutes'] as const).find(
      (one) => ms % UNITS[one] === 0 && (one !== 'days' || ms > UNITS.days),
    ) ?? 'minutes';
  return { text: String(ms / UNITS[unit]), unit };
}

export const draftOf = ({ category, rpoMs, rtoMs, copies, drillEveryMs, wholeDrills }: GoalView): Draft => ({
  category: category ?? 'own',
  rpo: spanOf(rpoMs, 'hours'),
  rto: spanOf(rtoMs, 'hours'),
  drills: spanOf(drillEveryMs, 'days'),
  copies,
  isWhole: wholeDrills,
});

/** Milliseconds, none, or `wrong` where it is no time. */
export function read({ text, unit }: Span): number | null | 'wrong' {
  if (text.trim() === '') return null;
  return goalOf(text, unit) ?? 'wrong';
}

/** What is wrong with what was typed, as a sentence. */
export function lackOf({ rpo, rto, drills, copies }: Draft): string | null {
  if ([rpo, rto, drills].some((one) => read(one) === 'wrong'))
    return 'Give whole numbers, of at least a minute and at most a year.';
  if (copies !== null && (!Number.isInteger(copies) || copies < 1 || copies > 20))
    return 'Give 1 to 20 copies.';
  return null;
}

const valueOf = (span: Span): number | null => {
  const ms = read(span);
  return ms === 'wrong' ? null : ms;
};

export const goalOfDraft = ({ category, rpo, rto, drills, copies, isWhole }: Draft): GoalView => ({
  category: category === 'own' ? null : category,
  rpoMs: valueOf(rpo),
  rtoMs: valueOf(rto),
  copies,
  drillEveryMs: valueOf(drills),
  wholeDrills: isWhole,
});
