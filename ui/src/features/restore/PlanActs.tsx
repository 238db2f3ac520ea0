import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';

import type { RestorePlanView } from '../../ipc/bindings';
import classes from './PlanActs.module.css';
import { destroys } from './planWords';
import type { PlanFlow } from './usePlanFlow';

/** Makes the plan afresh, from what is there now. */
export function LookAgain({ isPending, onAgain }: { isPending: boolean; onAgain: () => void }) {
  return (
    <Button
      size="lg"
      variant="filled"
      leftSection={<IconRefresh aria-hidden />}
      loading={isPending}
      onClick={onAgain}
      data-testid="look-again"
    >
      Look again
    </Button>
  );
}

/** The last button. It says the act, and is red only where something ends. */
export function ApplyButton({ plan, flow }: { plan: RestorePlanView; flow: PlanFlow }) {
  return (
    <Button
      size="lg"
      variant={destroys(plan) ? 'danger-filled' : 'filled'}
      disabled={flow.confirmHindrance() !== null}
      loading={flow.isApplying}
      onClick={flow.apply}
      classNames={{ root: classes.apply, label: classes.words }}
      title={plan.act}
      data-testid="apply-restore"
    >
      {plan.act}
    </Button>
  );
}
