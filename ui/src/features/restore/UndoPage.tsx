import { Button } from '@mantine/core';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

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
import { usePlanFlow } from './usePlanFlow';

const SAFETY: Record<RestorePlanView['safety']['kind'], string> = { planned: 'On', declined: 'None', not_needed: 'Not needed' };

/** Undoes a restore, or discards what it kept: a plan like any other, in fewer steps. */
export function UndoPage({ restoreId, kind }: { restoreId: string; kind: 'undo' | 'discard' }) {
  const [step, setStep] = useState<'preview' | 'confirm'>('preview');
  const planning = useCommand(kind === 'undo' ? 'restore_undo_plan' : 'restore_discard_plan', {
    onMutate: () => flow.reset(),
    onSuccess: (made) => announce(previewSentence(made), made.blockers.length > 0 ? 'assertive' : 'polite'),
  });
  const { data: plan, mutate, isPending, isIdle } = planning;
  const flow = usePlanFlow(plan);
  const makePlan = () => {
    setStep('preview');
    mutate({ restore: restoreId });
  };
  useEffect(() => {
    if (isIdle) mutate({ restore: restoreId });
  }, [isIdle, mutate, restoreId]);

  const isUndo = kind === 'undo';
  const hindrance = step === 'preview' ? flow.previewHindrance() : flow.confirmHindrance();
  const again = <LookAgain isPending={isPending} onAgain={makePlan} />;
  const forward =
    !plan || isPending ? null : flow.isStale ? (
      again
    ) : step === 'confirm' ? (
      <ApplyButton plan={plan} flow={flow} />
    ) : (
      <Button size="lg" variant="filled" disabled={hindrance !== null} onClick={() => setStep('confirm')} data-testid="plan-next">
        Next: confirm
      </Button>
    );

  return (
    <WizardFrame
      icon={isUndo ? <IconArrowBackUp aria-hidden /> : <IconTrash aria-hidden />}
      title={isUndo ? 'Undo a restore' : 'Discard the old database'}
      subject={plan?.project}
      current={step}
      onStep={(id) => setStep(id as 'preview')}
      steps={[
        { id: 'preview', title: 'Preview', answer: step === 'confirm' && plan ? previewSentence(plan) : 'What would change' },
        { id: 'confirm', title: 'Confirm', answer: 'The name, typed' },
        ...(plan && plan.safety.kind !== 'not_needed' ? [{ id: 'safety', title: 'Safety backup', later: SAFETY[plan.safety.kind] }] : []),
        { id: 'apply', title: 'Apply' },
        { id: 'after', title: 'After' },
      ]}
      footNote={plan && !isPending ? <PlanFoot plan={plan} leftMs={flow.leftMs} /> : 'The plan only reads. Nothing is changed before you confirm.'}
      hindrance={hindrance}
      acts={
        <>
          {step === 'preview' ? (
            <LinkButton size="lg" to="/run/$id" params={{ id: restoreId }}>
              Cancel
            </LinkButton>
          ) : (
            <Button size="lg" onClick={() => setStep('preview')}>
              Back
            </Button>
          )}
          {forward}
        </>
      }
    >
      <PlanOnItsWay isPending={isPending} error={planning.error} onRetry={makePlan} />
      {plan && !isPending && step === 'preview' && <PreviewStep plan={plan} isStale={flow.isStale} consents={flow.consents} onConsent={flow.setConsents} onAgain={makePlan} />}
      {plan && !isPending && step === 'confirm' && <ConfirmStep plan={plan} typed={flow.typed} onType={flow.setTyped} error={flow.error} />}
    </WizardFrame>
  );
}
