import type { BackupFateView, ReasonView } from '../../ipc/bindings';
import { day, span } from '../format';

const DAY = 86_400_000;
/** What a list says of reasons that stay as long as backups go on; the first that fits names the rule. */
const ORDER = [
  'held',
  'until',
  'undo',
  'newest_verified',
  'floor',
  'last',
  'hourly',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'within',
];

/** The reason that says most: a person's first, then what keeps it longest. */
export function mainReason(reasons: readonly ReasonView[]): ReasonView | undefined {
  const rank = ({ code }: ReasonView) => {
    const at = ORDER.indexOf(code);
    return at < 0 ? ORDER.length : at;
  };
  return reasons.toSorted((one, other) => rank(one) - rank(other))[0];
}

/** `expires in 5 days`, `expires today`. */
export function expiryWords(expiresMs: number, now: number): string {
  const left = expiresMs - now;
  if (left <= 0) return 'its date came';
  if (left < DAY) return `expires in ${span(left)}`;
  const days = Math.round(left / DAY);
  return `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
}

/** Two lines of a list: until when, and why. */
export function keptWords(kept: BackupFateView, now: number): { until: string; why: string } {
  const why = mainReason(kept.fate.reasons)?.words ?? '';
  if (kept.holdReason !== null) return { until: 'held', why: kept.holdReason };
  if (!kept.hasPolicy) return { until: 'no end', why: 'no policy' };
  if (!kept.fate.isKept) return { until: 'goes', why };
  if (kept.fate.untilMs !== null) return { until: day(kept.fate.untilMs, now), why };
  return { until: 'stays', why };
}
