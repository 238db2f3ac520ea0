import { useNavigate } from '@tanstack/react-router';

import type { RestorePlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { useSeconds } from '../../shared/useSeconds';
import { isOutOfDate, planHindrance, type PlanState } from './planState';
import { sessionsToEnd } from './planWords';

/** What every plan goes through, whoever made it: freshness, applying. */
export function usePlanFlow(plan: RestorePlanView | undefined) {
  const navigate = useNavigate();
  const applying = useCommand('restore_apply', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const now = useSeconds(plan !== undefined);
  const isStale = plan !== undefined && isOutOfDate(plan, now, applying.error?.code);
  return {
    leftMs: plan ? plan.validUntilMs - now : 0,
    isStale,
    error: applying.error,
    isApplying: applying.isPending,
    apply: ({ safety, typed, consents }: Omit<PlanState, 'step'>) => {
      const asked: PlanState = { step: 'confirm', safety, typed, consents };
      if (plan && !isStale && planHindrance(asked, { plan, isPlanning: false, isStale }) === null)
        applying.mutate({
          planId: plan.id,
          confirm: typed,
          endConnections: consents && sessionsToEnd(plan) > 0,
        });
    },
    /** What applying an older plan was answered says nothing of a new one. */
    reset: applying.reset,
  };
}

export type PlanFlow = ReturnType<typeof usePlanFlow>;
