import { IconClock, IconDeviceSdCard, IconFingerprint } from '@tabler/icons-react';

import type { RestorePlanView } from '../../ipc/bindings';
import { bytes, clock, elapsed, roughly, span } from '../../shared/format';
import classes from './PlanFoot.module.css';

interface PlanFootProps {
  plan: RestorePlanView;
  /** Until it runs out; negative afterwards. */
  leftMs: number;
  /** How long the last restore of the project took; absent where none passed yet. */
  lastTookMs?: number | null;
}

/** What the plan costs, and until when it holds. */
export function PlanFoot({ plan, leftMs, lastTookMs = null }: PlanFootProps) {
  return (
    <span className={classes.facts}>
      {plan.estimate ? (
        <span title={plan.estimate.basis} data-testid="plan-time">
          <IconClock size={14} stroke={1.75} aria-hidden />
          about <b>{roughly(plan.estimate.ms)}</b>,{' '}
          {plan.estimate.isGuess ? 'a guess from its size' : 'by its last drill'}
        </span>
      ) : (
        lastTookMs !== null && (
          <span>
            <IconClock size={14} stroke={1.75} aria-hidden />
            <b>{elapsed(lastTookMs)}</b> last time
          </span>
        )
      )}
      {plan.neededBytes > 0 && (
        <span>
          <IconDeviceSdCard size={14} stroke={1.75} aria-hidden />
          <b>{bytes(plan.neededBytes)}</b> needed
          {plan.freeBytes === null ? '' : `, ${bytes(plan.freeBytes)} free`}
        </span>
      )}
      <span
        title={
          leftMs > 0
            ? `Valid until ${clock(plan.validUntilMs)}, or until ${plan.targetDatabase} changes its shape`
            : undefined
        }
      >
        <IconFingerprint size={14} stroke={1.75} aria-hidden />
        {leftMs > 0 ? (
          <span>
            Plan <code>{plan.id.slice(0, 8)}</code>, {span(leftMs)} left
          </span>
        ) : (
          'The plan is out of date'
        )}
      </span>
    </span>
  );
}
