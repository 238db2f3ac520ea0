import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';

import type { RestorePlanView } from '../../ipc/bindings';
import classes from './PlanActs.module.css';
import type { Forward } from './planState';
import { destroys } from './planWords';

interface ForwardButtonProps<Step extends string> {
  forward: Forward<Step> | null;
  plan: RestorePlanView | undefined;
  /** Whether something is in the way. */
  isOff: boolean;
  isApplying: boolean;
  onGo: (step: Step) => void;
  /** Makes the plan afresh, from what is there now. */
  onPlan: () => void;
  onApply: () => void;
}

/** The main button of a step. The last one says the act, and is red only where something ends. */
export function ForwardButton<Step extends string>(props: ForwardButtonProps<Step>) {
  const { forward, plan, isOff, isApplying, onGo, onPlan, onApply } = props;
  if (forward === null) return null;
  if (forward.kind === 'again')
    return (
      <Button
        size="lg"
        variant="filled"
        leftSection={<IconRefresh aria-hidden />}
        onClick={onPlan}
        data-testid="look-again"
      >
        Look again
      </Button>
    );
  if (forward.kind === 'apply')
    return (
      plan && (
        <Button
          size="lg"
          variant={destroys(plan) ? 'danger-filled' : 'filled'}
          disabled={isOff}
          loading={isApplying}
          onClick={onApply}
          classNames={{ root: classes.apply, label: classes.words }}
          title={plan.act}
          data-testid="apply-restore"
        >
          {plan.act}
        </Button>
      )
    );
  return (
    <Button
      size="lg"
      variant="filled"
      disabled={isOff}
      onClick={() => (forward.kind === 'go' ? onGo(forward.step) : onPlan())}
      data-testid="plan-next"
    >
      {forward.words}
    </Button>
  );
}
