import { Button } from '@mantine/core';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { useCallback, useEffect, useReducer } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { LinkButton } from '../../shared/LinkButton';
import { WizardFrame } from '../../shared/WizardFrame';
import { ConfirmStep } from './ConfirmStep';
import { ForwardButton } from './PlanActs';
import { PlanOnItsWay } from './PlanOnItsWay';
import { PlanFoot } from './PlanFoot';
import {
  hasSafety,
  planBegun,
  planForward,
  planHindrance,
  planPath,
  reasonOf,
  reducePlan,
  type PlanStep,
} from './planState';
import { previewSentence } from './planWords';
import { PreviewStep } from './PreviewStep';
import { SafetyStep } from './SafetyStep';
import { usePlanFlow } from './usePlanFlow';

const SAFETY: Record<RestorePlanView['safety']['kind'], string> = {
  planned: 'On',
  declined: 'None',
  not_needed: 'Not needed',
};

/** Undoes a restore, or discards what it kept: a plan like any other, in fewer steps. */
export function UndoPage({ restoreId, kind }: { restoreId: string; kind: 'undo' | 'discard' }) {
  const isUndo = kind === 'undo';
  const [state, dispatch] = useReducer(reducePlan, planBegun);
  const { step, safety } = state;
  const options = {
    onMutate: () => flow.reset(),
    onSuccess: (made: RestorePlanView) =>
      announce(previewSentence(made), made.blockers.length > 0 ? 'assertive' : 'polite'),
  };
  const undoing = useCommand('restore_undo_plan', options);
  const discarding = useCommand('restore_discard_plan', options);
  const { data: plan, error, isPending, isIdle } = isUndo ? undoing : discarding;
  const { mutate: planUndo } = undoing;
  const { mutate: planDiscard } = discarding;
  const flow = usePlanFlow(plan);
  const ask = useCallback(
    (because: string | null) =>
      isUndo
        ? planUndo({ restore: restoreId, noSafetyBecause: because })
        : planDiscard({ restore: restoreId }),
    [isUndo, planUndo, planDiscard, restoreId],
  );
  const makePlan = () => {
    dispatch({ kind: 'plan' });
    ask(reasonOf(safety));
  };
  useEffect(() => {
    if (isIdle) ask(null);
  }, [isIdle, ask]);

  const seen = { plan, isPlanning: isPending, isStale: flow.isStale };
  const hindrance = planHindrance(state, seen);
  const path = planPath(step, plan, 'asked_again');
  const before = path[path.indexOf(step) - 1];
  const go = (to: PlanStep) => dispatch({ kind: 'go', step: to });

  return (
    <WizardFrame
      icon={isUndo ? <IconArrowBackUp aria-hidden /> : <IconTrash aria-hidden />}
      title={isUndo ? 'Undo a restore' : 'Discard what was kept'}
      subject={plan?.project}
      current={step}
      onStep={(id) => go(id as PlanStep)}
      steps={[
        {
          id: 'preview',
          title: 'Preview',
          answer: step !== 'preview' && plan ? previewSentence(plan) : 'What would change',
        },
        ...(plan && hasSafety(plan)
          ? [{ id: 'safety', title: 'Safety backup', answer: SAFETY[plan.safety.kind] }]
          : []),
        { id: 'confirm', title: 'Confirm', answer: 'The name, typed' },
        { id: 'apply', title: 'Apply' },
        { id: 'after', title: 'After' },
      ]}
      footNote={
        plan && !isPending ? (
          <PlanFoot plan={plan} leftMs={flow.leftMs} />
        ) : (
          'The plan only reads. Nothing is changed before you confirm.'
        )
      }
      hindrance={hindrance}
      acts={
        <>
          {before === undefined ? (
            <LinkButton size="lg" to="/run/$id" params={{ id: restoreId }}>
              Cancel
            </LinkButton>
          ) : (
            <Button size="lg" onClick={() => go(before)}>
              Back
            </Button>
          )}
          <ForwardButton
            forward={planForward(state, seen, 'asked_again')}
            plan={plan}
            isOff={hindrance !== null}
            isApplying={flow.isApplying}
            onGo={go}
            onPlan={makePlan}
            onApply={() => flow.apply(state)}
          />
        </>
      }
    >
      <PlanOnItsWay isPending={isPending} error={error} onRetry={makePlan} />
      {plan && !isPending && step === 'preview' && (
        <PreviewStep
          plan={plan}
          isStale={flow.isStale}
          consents={state.consents}
          onConsent={(consents) => dispatch({ kind: 'consent', consents })}
          onAgain={makePlan}
        />
      )}
      {plan && !isPending && step === 'safety' && (
        <SafetyStep
          plan={plan}
          safety={safety}
          onChoose={(chosen) => dispatch({ kind: 'safety', safety: chosen })}
        />
      )}
      {plan && !isPending && step === 'confirm' && (
        <ConfirmStep
          plan={plan}
          typed={state.typed}
          onType={(typed) => dispatch({ kind: 'type', typed })}
          error={flow.error}
        />
      )}
    </WizardFrame>
  );
}
