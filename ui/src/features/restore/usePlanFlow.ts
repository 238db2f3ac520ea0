import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { counted } from '../../shared/format';
import { isConfirmed } from '../../shared/TypedConfirm';
import { useSeconds } from '../../shared/useSeconds';
import { sessionsToEnd } from './planWords';

/** What every plan goes through, whoever made it: consent, the typed name, freshness, applying. */
export function usePlanFlow(plan: RestorePlanView | undefined) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [consents, setConsents] = useState(false);
  const applying = useCommand('restore_apply', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const now = useSeconds(plan !== undefined);
  const leftMs = plan ? plan.validUntilMs - now : 0;
  const code = applying.error?.code;
  // More sessions than were shown, or a target that changed: only a new look helps.
  const isStale =
    plan !== undefined &&
    (leftMs <= 0 || code === 'plan_stale' || code === 'plan_not_found' || code === 'connections_open');
  const ends = plan ? sessionsToEnd(plan) : 0;
  const needsConsent = ends > 0 && !consents;

  /** Why the preview cannot be left forwards. */
  const previewHindrance = (): string | null => {
    if (!plan || isStale) return null;
    if (plan.blockers.length > 0)
      return plan.blockers.length === 1
        ? 'One thing forbids it.'
        : `${plan.blockers.length} things forbid it.`;
    return needsConsent
      ? `Consent to end ${counted(ends, 'session')}, or close ${ends === 1 ? 'it' : 'them'} and look again.`
      : null;
  };
  /** Why the plan cannot be applied. */
  const confirmHindrance = (): string | null => {
    if (!plan || isStale) return null;
    return previewHindrance() ?? (isConfirmed(plan.targetDatabase, typed) ? null : 'Type the name first.');
  };

  return {
    typed,
    setTyped,
    consents,
    setConsents,
    leftMs,
    isStale,
    error: applying.error,
    isApplying: applying.isPending,
    previewHindrance,
    confirmHindrance,
    apply: () => {
      if (plan && !isStale && confirmHindrance() === null)
        applying.mutate({ planId: plan.id, confirm: typed, endConnections: consents && ends > 0 });
    },
    /** A new plan is looked at, consented to and typed afresh. */
    reset: () => {
      setTyped('');
      setConsents(false);
      applying.reset();
    },
  };
}

export type PlanFlow = ReturnType<typeof usePlanFlow>;
