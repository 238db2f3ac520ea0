import { Tooltip } from '@mantine/core';
import { exactMoment, span } from './format';
import css from './RecoveryGauge.module.css';
import { useNow } from './useNow';

type Props = {
  /** The moment that the newest verified copy restores. */
  atMs: number | null | undefined;
  goalMs: number | null;
  /** The part of the project that it is of, where others have a younger one. */
  part?: string | null;
};

/** Where the goal stands in every gauge, so that rows compare. */
const GOAL_AT = 2 / 3;
/** From here on it is due soon. */
const SOON = 0.9;

/** Share of the bar, and its tone. */
export function gauge(
  ageMs: number | null,
  goalMs: number | null,
): { share: number; tone: 'ok' | 'warn' | 'danger' } {
  if (ageMs === null || goalMs === null || goalMs <= 0) return { share: 0, tone: 'ok' };
  const used = ageMs / goalMs;
  return {
    share: Math.min(1, Math.max(0, used * GOAL_AT)),
    tone: used > 1 ? 'danger' : used > SOON ? 'warn' : 'ok',
  };
}

/** Age of the recovery point against its goal, which is marked at two thirds. */
export function RecoveryGauge({ atMs, goalMs, part }: Props) {
  const now = useNow();
  const known = atMs !== null && atMs !== undefined;
  const ageMs = known ? Math.max(0, now - atMs) : null;
  const { share, tone } = gauge(ageMs, goalMs);
  return (
    <span className={css.gauge} data-tone={tone}>
      <span className={css.text}>
        {known ? (
          <Tooltip label={exactMoment(atMs)}>
            <b>{span(ageMs)}</b>
          </Tooltip>
        ) : (
          <b className={css.none}>none yet</b>
        )}
        <span>{known ? `of ${span(goalMs)}` : `goal ${span(goalMs)}`}</span>
        {tone === 'danger' && <span className="sr-only">, over its goal</span>}
        {tone === 'warn' && <span className="sr-only">, due soon</span>}
      </span>
      <span className={css.bar} aria-hidden="true">
        <i style={{ width: `${(share * 100).toFixed(1)}%` }} />
        <u />
      </span>
      {part && <span className={css.part}>oldest: {part}</span>}
    </span>
  );
}
