import { Button } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';

import type { BackupView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import { ConfirmStep } from './ConfirmStep';
import { isIntoExisting, preselected, type RestoreDraft } from './draft';
import { momentAnswer, safetyAnswer, whatAnswer, whereAnswer, whyAnswer } from './draftWords';
import { MomentStep } from './MomentStep';
import { ForwardButton } from './PlanActs';
import { PlanFoot } from './PlanFoot';
import { PlanOnItsWay } from './PlanOnItsWay';
import { previewSentence } from './planWords';
import { PreviewStep } from './PreviewStep';
import { SafetyStep } from './SafetyStep';
import { useRestoreWizard, type RestoreWizard as Wizard } from './useRestoreWizard';
import { WhatStep } from './WhatStep';
import { WhereStep } from './WhereStep';
import { WhyStep } from './WhyStep';
import { atPlan, forwardOf, hindranceOf, stepBefore, type Step } from './wizard';
import { ZoneNote } from './ZoneNote';

/** The project whose server is meant, by name. */
function placeName({ state: { draft }, projects }: Wizard, { row }: BackupView): string {
  const nameOf = (id: string | null) => projects.find((project) => project.id === id)?.name ?? row.project;
  if (isIntoExisting(draft)) return nameOf(draft.into ?? row.projectId);
  return draft.place === 'other_project' ? nameOf(draft.project) : row.project;
}

/** All steps, with their answers. */
function stepsOf(wizard: Wizard, first: BackupView): WizardStep[] {
  const { state, chosen } = wizard;
  const { step, draft } = state;
  const { row, plan, tables } = wizard.seen;
  const isPlanned = atPlan(state);
  return [
    { id: 'why', title: 'Why', answer: whyAnswer(draft) },
    { id: 'moment', title: 'Which moment', answer: momentAnswer(row.atMs, row.level, step !== 'moment') },
    { id: 'what', title: 'What', answer: whatAnswer(draft, chosen, tables?.length ?? 0) },
    {
      id: 'where',
      title: 'Where',
      answer: whereAnswer(draft, isPlanned ? plan : undefined, placeName(wizard, first)),
    },
    {
      id: 'preview',
      title: 'Preview',
      answer: isPlanned && step !== 'preview' && plan ? previewSentence(plan) : 'What would change',
    },
    {
      id: 'safety',
      title: 'Safety backup',
      answer: safetyAnswer(plan),
      later: isPlanned ? safetyAnswer(plan) : 'On by default',
    },
    { id: 'confirm', title: 'Confirm', answer: 'The name, typed' },
    { id: 'apply', title: 'Apply' },
    { id: 'check', title: 'Check' },
    { id: 'after', title: 'After' },
  ];
}

function Foot({ state, seen, chosen, flow, own }: Wizard) {
  const { plan, isPlanning, row, tables } = seen;
  switch (state.step) {
    case 'why':
      return 'Nothing is changed before the last step, where you type a name.';
    case 'moment':
      return row.atMs === null ? null : <ZoneNote atMs={row.atMs} />;
    case 'what':
      return tables && state.draft.scope === 'tables' ? `${counted(chosen.length, 'table')} chosen` : null;
    case 'where':
      return 'The plan only reads. Nothing is created before you confirm.';
    default:
      return (
        plan &&
        !isPlanning && <PlanFoot plan={plan} leftMs={flow.leftMs} lastTookMs={own?.restoreMs ?? null} />
      );
  }
}

function Moments({ wizard }: { wizard: Wizard }) {
  const { state, seen, own, moments, dispatch, lookInside } = wizard;
  return (
    <>
      {moments.error && (
        <ErrorPanel
          error={moments.error}
          title="The other backups could not be read."
          onRetry={moments.again}
        />
      )}
      <MomentStep
        rows={moments.rows}
        isReading={moments.isReading}
        onOlder={moments.onOlder}
        days={own?.days ?? []}
        goalMs={own?.goalMs ?? null}
        chosenId={state.momentId}
        damageAtMs={state.draft.damageAtMs}
        onChoose={(id) => dispatch({ kind: 'moment', id })}
        onDamage={(atMs) => dispatch({ kind: 'damage', atMs, chosen: seen.row, moments: moments.rows })}
        onDrill={lookInside}
      />
    </>
  );
}

/** What comes back, and where it goes: both need the backup. */
function OfBackup({ wizard, first }: { wizard: Wizard; first: BackupView }) {
  const { state, seen, looked, projects, moments, chosen, answer } = wizard;
  const { step, draft, momentId } = state;
  return (
    <>
      {looked.error && (
        <ErrorPanel
          error={looked.error}
          title="This backup could not be read."
          onRetry={() => void looked.refetch()}
        />
      )}
      {looked.isPending && <LoadingLines what="the backup" />}
      {step === 'what' && seen.tables && (
        <WhatStep
          project={first.row.project}
          backupId={momentId}
          tables={seen.tables}
          draft={draft}
          onChange={answer}
        />
      )}
      {step === 'where' && seen.tables && (
        <WhereStep
          row={seen.row}
          projects={projects}
          draft={draft}
          chosen={chosen.length}
          moments={moments.rows}
          onChange={answer}
        />
      )}
    </>
  );
}

function Preview({ wizard }: { wizard: Wizard }) {
  const { state, planning, flow, dispatch, makePlan, takeSafer, takeAllRows } = wizard;
  const { plan, isPlanning } = wizard.seen;
  return (
    <>
      <PlanOnItsWay isPending={isPlanning} error={planning.error} onRetry={makePlan} />
      {plan && !isPlanning && (
        <PreviewStep
          plan={plan}
          isStale={flow.isStale}
          consents={state.consents}
          onConsent={(consents) => dispatch({ kind: 'consent', consents })}
          onAgain={makePlan}
          onSafer={takeSafer}
          onAllRows={takeAllRows}
        />
      )}
    </>
  );
}

/** The decision of the present step. */
function Body({ wizard, first }: { wizard: Wizard; first: BackupView }) {
  const { state, flow, answer, dispatch } = wizard;
  const { plan } = wizard.seen;
  switch (state.step) {
    case 'why':
      return (
        <WhyStep
          project={first.row.project}
          why={state.draft.why}
          onChoose={(why) => answer(preselected(why))}
        />
      );
    case 'moment':
      return <Moments wizard={wizard} />;
    case 'what':
    case 'where':
      return <OfBackup wizard={wizard} first={first} />;
    case 'preview':
      return <Preview wizard={wizard} />;
    case 'safety':
      return (
        plan && (
          <SafetyStep
            plan={plan}
            safety={state.safety}
            onChoose={(safety) => dispatch({ kind: 'safety', safety })}
            canLetWrite
          />
        )
      );
    case 'confirm':
      return (
        plan && (
          <ConfirmStep
            plan={plan}
            typed={state.typed}
            onType={(typed) => dispatch({ kind: 'type', typed })}
            error={flow.error}
          />
        )
      );
  }
}

/** The way from "why" to the typed name. What may be done when is said in `wizard.ts`. */
export function RestoreWizard({ first, begin }: { first: BackupView; begin?: Partial<RestoreDraft> }) {
  const wizard = useRestoreWizard(first, begin);
  const { state, seen, flow, go, makePlan } = wizard;
  const hindrance = hindranceOf(state, seen);
  const before = stepBefore(state, seen.plan);
  return (
    <WizardFrame
      icon={<IconHistory aria-hidden />}
      title="Restore"
      subject={first.row.project}
      current={state.step}
      onStep={(id) => go(id as Step)}
      steps={stepsOf(wizard, first)}
      footNote={<Foot {...wizard} />}
      hindrance={hindrance}
      acts={
        <>
          {before === undefined ? (
            <LinkButton size="lg" to="/backup/$id" params={{ id: first.row.id }}>
              Cancel
            </LinkButton>
          ) : (
            <Button size="lg" onClick={() => go(before)}>
              Back
            </Button>
          )}
          <ForwardButton
            forward={forwardOf(state, seen)}
            plan={seen.plan}
            isOff={hindrance !== null}
            isApplying={flow.isApplying}
            onGo={go}
            onPlan={makePlan}
            onApply={() => flow.apply(state)}
          />
        </>
      }
    >
      <Body wizard={wizard} first={first} />
    </WizardFrame>
  );
}
