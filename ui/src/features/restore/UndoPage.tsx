import { Button } from '@mantine/core';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { LinkButton } from '../../shared/LinkButton';
import { WizardFrame } from '../../shared/WizardFrame';
import { ConfirmStep } from './ConfirmStep';
import { ApplyButton, LookAgain } from './PlanActs';
import { PlanOnItsWay } from './PlanOnItsWay';
import { PlanFoot } from './PlanFoot';
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
  const [step, setStep] = useState<'preview' | 'safety' | 'confirm'>('preview');
  const [reason, setReason] = useState<string | null>(null);
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
    setStep('preview');
    ask(reason?.trim() ?? null);
  };
  useEffect(() => {
    if (isIdle) ask(null);
  }, [isIdle, ask]);

  const hasSafety = plan !== undefined && plan.safety.kind !== 'not_needed';
  const declined = plan?.safety.kind === 'declined' ? plan.safety.reason : null;
  const mustReplan = hasSafety && (reason?.trim() ?? null) !== declined;
  const hindrances = {
    preview: flow.previewHindrance(),
    safety: reason !== null && reason.trim() === '' ? 'Write why none is wanted.' : null,
    confirm: flow.confirmHindrance(),
  };
  const hindrance = hindrances[step];
  const next = (words: string, onNext: () => void) => (
    <Button size="lg" variant="filled" disabled={hindrance !== null} onClick={onNext} data-testid="plan-next">
      {words}
    </Button>
  );
  const forward = () => {
    if (!plan || isPending) return null;
    if (flow.isStale) return <LookAgain isPending={isPending} onAgain={makePlan} />;
    if (step === 'preview')
      return hasSafety
        ? next('Next: safety backup', () => setStep('safety'))
        : next('Next: confirm', () => setStep('confirm'));
    if (step === 'safety' && mustReplan)
      return next(reason === null ? 'Plan anew with a safety backup' : 'Plan anew without one', makePlan);
    return step === 'safety' ? (
      next('Next: confirm', () => setStep('confirm'))
    ) : (
      <ApplyButton plan={plan} flow={flow} />
    );
  };
  const before = step === 'confirm' && hasSafety ? 'safety' : 'preview';

  return (
    <WizardFrame
      icon={isUndo ? <IconArrowBackUp aria-hidden /> : <IconTrash aria-hidden />}
      title={isUndo ? 'Undo a restore' : 'Discard what was kept'}
      subject={plan?.project}
      current={step}
      onStep={(id) => setStep(id as typeof step)}
      steps={[
        {
          id: 'preview',
          title: 'Preview',
          answer: step !== 'preview' && plan ? previewSentence(plan) : 'What would change',
        },
        ...(hasSafety ? [{ id: 'safety', title: 'Safety backup', answer: SAFETY[plan.safety.kind] }] : []),
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
          {step === 'preview' ? (
            <LinkButton size="lg" to="/run/$id" params={{ id: restoreId }}>
              Cancel
            </LinkButton>
          ) : (
            <Button size="lg" onClick={() => setStep(before)}>
              Back
            </Button>
          )}
          {forward()}
        </>
      }
    >
      <PlanOnItsWay isPending={isPending} error={error} onRetry={makePlan} />
      {plan && !isPending && step === 'preview' && (
        <PreviewStep
          plan={plan}
          isStale={flow.isStale}
          consents={flow.consents}
          onConsent={flow.setConsents}
          onAgain={makePlan}
        />
      )}
      {plan && !isPending && step === 'safety' && (
        <SafetyStep plan={plan} reason={reason} onReason={setReason} />
      )}
      {plan && !isPending && step === 'confirm' && (
        <ConfirmStep plan={plan} typed={flow.typed} onType={flow.setTyped} error={flow.error} />
      )}
    </WizardFrame>
  );
}
