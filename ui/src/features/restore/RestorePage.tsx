import { Button } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { BackupView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { holdsDatabase } from '../../shared/Holds';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, moment } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page } from '../../shared/PageHeader';
import { WizardFrame } from '../../shared/WizardFrame';
import { ConfirmStep } from './ConfirmStep';
import {
  beginAs,
  blankDraft,
  canReach,
  chosenIn,
  isIntoExisting,
  missing,
  preselected,
  replacesRows,
  requestOf,
  type Into,
  type RestoreDraft,
  type SaferWay,
} from './draft';
import { momentAnswer, safetyAnswer, whatAnswer, whereAnswer, whyAnswer } from './draftWords';
import { MomentStep } from './MomentStep';
import { ApplyButton, LookAgain } from './PlanActs';
import { PlanOnItsWay } from './PlanOnItsWay';
import { PlanFoot } from './PlanFoot';
import { previewSentence } from './planWords';
import { PreviewStep } from './PreviewStep';
import { backupQuery, projectsQuery } from './queries';
import { SafetyStep } from './SafetyStep';
import { useMoments } from './useMoments';
import { usePlanFlow } from './usePlanFlow';
import { WhatStep } from './WhatStep';
import { WhereStep } from './WhereStep';
import { WhyStep } from './WhyStep';
import { WithoutDatabase } from './WithoutDatabase';
import { ZoneNote } from './ZoneNote';

const ORDER = ['why', 'moment', 'what', 'where', 'preview', 'safety', 'confirm'] as const;
type Step = (typeof ORDER)[number];

function Wizard({ first, begin }: { first: BackupView; begin?: Partial<RestoreDraft> }) {
  const [step, setStep] = useState<Step>(begin ? 'where' : 'why');
  const [momentId, setMomentId] = useState(first.row.id);
  const [draft, setDraft] = useState<RestoreDraft>(() => ({ ...blankDraft(first.row.project), ...begin }));
  /** Why no safety backup is wanted; absent while one is. */
  const [reason, setReason] = useState<string | null>(null);
  const [letsWrite, setLetsWrite] = useState(false);
  const { data: projects = [] } = useQuery(projectsQuery());
  const looked = useQuery(backupQuery(momentId));
  const backup = looked.data;
  const row = backup?.row ?? first.row;
  const own = projects.find((project) => project.id === first.row.projectId);
  const moments = useMoments(first.row.projectId, first.row, backup?.row);
  // Not kept after the wizard: the request may hold a password.
  const planning = useCommand('restore_plan', {
    gcTime: 0,
    onMutate: () => flow.reset(),
    onSuccess: (made) => announce(previewSentence(made), made.blockers.length > 0 ? 'assertive' : 'polite'),
  });
  const plan = planning.data;
  const flow = usePlanFlow(plan);
  const chosen = chosenIn(draft, backup?.tableList ?? []);
  const into =
    projects.find((project) => project.id === (draft.into ?? first.row.projectId))?.name ?? first.row.project;
  const other = projects.find((project) => project.id === draft.project)?.name ?? first.row.project;

  const change = (part: Partial<RestoreDraft>) => setDraft((known) => ({ ...known, ...part }));
  const makePlan = (as = draft, tables = chosen, because = reason) => {
    setStep('preview');
    planning.mutate({
      backup: momentId,
      target: requestOf(as, tables),
      noSafetyBecause: isIntoExisting(as) ? (because?.trim() ?? null) : null,
      ...(letsWrite && because === null && replacesRows(as) ? { letWritersWrite: true } : {}),
    });
  };
  const lookInside = () => {
    const next = { ...draft, ...preselected('look') };
    setDraft(next);
    setReason(null);
    makePlan(next, [], null);
  };
  const takeSafer = (way: SaferWay) => {
    const next: RestoreDraft = {
      ...draft,
      scope: 'tables',
      mode: 'missing_rows',
      tables: new Set(way.tables),
    };
    setDraft(next);
    makePlan(next, way.tables);
  };
  const setDamage = (damageAtMs: number | null) => {
    change({ damageAtMs });
    const best = moments.rows.find(
      (each) =>
        each.level !== null && holdsDatabase({ row: each }) && damageAtMs !== null && each.atMs < damageAtMs,
    );
    if (damageAtMs !== null && row.atMs >= damageAtMs && best) setMomentId(best.id);
  };

  const hasSafety = plan !== undefined && plan.safety.kind !== 'not_needed';
  const declined = plan?.safety.kind === 'declined' ? plan.safety.reason : null;
  const mustReplan =
    hasSafety &&
    ((reason?.trim() ?? null) !== declined ||
      (reason === null && letsWrite !== (plan.letsWritersWrite ?? false)));
  const safetyHindrance = reason !== null && reason.trim() === '' ? 'Write why none is wanted.' : null;
  const whatHindrance = !backup
    ? 'The backup is being read.'
    : draft.scope === 'tables' && chosen.length === 0
      ? 'Choose at least one table.'
      : null;
  const ownGone = projects.length > 0 && !canReach(own);
  const hindrance = {
    why: draft.why === null ? 'Choose what happened.' : null,
    moment: holdsDatabase({ row }) ? null : 'There is no database in this one.',
    what: whatHindrance,
    where: whatHindrance ?? missing(draft, ownGone),
    preview: flow.previewHindrance(),
    safety: flow.isStale || !hasSafety ? null : safetyHindrance,
    confirm: flow.confirmHindrance(),
  }[step];

  const again = <LookAgain isPending={planning.isPending} onAgain={() => makePlan()} />;
  const next = (words: string, onNext: () => void) => (
    <Button size="lg" variant="filled" disabled={hindrance !== null} onClick={onNext} data-testid="plan-next">
      {words}
    </Button>
  );
  const forward = {
    why: next('Next: which moment', () => setStep('moment')),
    moment: next(`Next: use ${moment(row.atMs)}`, () => setStep('what')),
    what: next('Next: where', () => setStep('where')),
    where: next('Next: preview', () => makePlan()),
    preview:
      !plan || planning.isPending
        ? null
        : flow.isStale
          ? again
          : declined === null && hasSafety
            ? next('Next: safety backup', () => setStep('safety'))
            : next('Next: confirm', () => setStep('confirm')),
    safety: flow.isStale
      ? again
      : mustReplan
        ? next(
            reason !== null
              ? 'Plan anew without one'
              : declined === null
                ? 'Plan anew'
                : 'Plan anew with a safety backup',
            () => makePlan(),
          )
        : next('Next: confirm', () => setStep('confirm')),
    confirm: !plan || flow.isStale ? again : <ApplyButton plan={plan} flow={flow} />,
  }[step];
  const before: Step | undefined =
    step === 'confirm' && (!hasSafety || declined !== null) ? 'preview' : ORDER[ORDER.indexOf(step) - 1];
  const acts = (
    <>
      {before === undefined ? (
        <LinkButton size="lg" to="/backup/$id" params={{ id: first.row.id }}>
          Cancel
        </LinkButton>
      ) : (
        <Button size="lg" onClick={() => setStep(before)}>
          Back
        </Button>
      )}
      {forward}
    </>
  );

  const isPlanned = step === 'preview' || step === 'safety' || step === 'confirm';
  const foot = {
    why: 'Nothing is changed before the last step, where you type a name.',
    moment: row.atMs === null ? null : <ZoneNote atMs={row.atMs} />,
    what: backup && draft.scope === 'tables' ? `${counted(chosen.length, 'table')} chosen` : null,
    where: 'The plan only reads. Nothing is created before you confirm.',
  };
  const footNote = isPlanned
    ? plan &&
      !planning.isPending && <PlanFoot plan={plan} leftMs={flow.leftMs} lastTookMs={own?.restoreMs ?? null} />
    : foot[step];

  return (
    <WizardFrame
      icon={<IconHistory aria-hidden />}
      title="Restore"
      subject={first.row.project}
      current={step}
      onStep={(id) => setStep(id as Step)}
      steps={[
        { id: 'why', title: 'Why', answer: whyAnswer(draft) },
        { id: 'moment', title: 'Which moment', answer: momentAnswer(row.atMs, row.level, step !== 'moment') },
        { id: 'what', title: 'What', answer: whatAnswer(draft, chosen, backup?.tableList.length ?? 0) },
        {
          id: 'where',
          title: 'Where',
          answer: whereAnswer(
            draft,
            isPlanned ? plan : undefined,
            isIntoExisting(draft) ? into : draft.place === 'other_project' ? other : first.row.project,
          ),
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
      ]}
      footNote={footNote}
      hindrance={hindrance}
      acts={acts}
    >
      {step === 'why' && (
        <WhyStep project={first.row.project} why={draft.why} onChoose={(why) => change(preselected(why))} />
      )}
      {step === 'moment' && (
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
            chosenId={momentId}
            damageAtMs={draft.damageAtMs}
            onChoose={setMomentId}
            onDamage={setDamage}
            onDrill={lookInside}
          />
        </>
      )}
      {(step === 'what' || step === 'where') && looked.error && (
        <ErrorPanel
          error={looked.error}
          title="This backup could not be read."
          onRetry={() => void looked.refetch()}
        />
      )}
      {(step === 'what' || step === 'where') && looked.isPending && <LoadingLines what="the backup" />}
      {step === 'what' && backup && (
        <WhatStep
          project={first.row.project}
          backupId={momentId}
          tables={backup.tableList}
          draft={draft}
          onChange={change}
        />
      )}
      {step === 'where' && backup && (
        <WhereStep row={row} projects={projects} draft={draft} chosen={chosen.length} onChange={change} />
      )}
      {step === 'preview' && (
        <PlanOnItsWay isPending={planning.isPending} error={planning.error} onRetry={() => makePlan()} />
      )}
      {step === 'preview' && plan && !planning.isPending && (
        <PreviewStep
          plan={plan}
          isStale={flow.isStale}
          consents={flow.consents}
          onConsent={flow.setConsents}
          onAgain={() => makePlan()}
          onSafer={takeSafer}
        />
      )}
      {step === 'safety' && plan && (
        <SafetyStep
          plan={plan}
          reason={reason}
          onReason={setReason}
          letsWrite={letsWrite}
          onLetsWrite={setLetsWrite}
        />
      )}
      {step === 'confirm' && plan && (
        <ConfirmStep plan={plan} typed={flow.typed} onType={flow.setTyped} error={flow.error} />
      )}
    </WizardFrame>
  );
}

/** Restores a backup: why, which moment, what, where; what would change, a backup first, the name typed. */
export function RestorePage({ backupId, into }: { backupId: string; into?: Into | undefined }) {
  const { data, error, refetch } = useQuery(backupQuery(backupId));
  const { data: projects, isPending } = useQuery({ ...projectsQuery(), enabled: into !== undefined });
  if (data && !holdsDatabase(data)) return <WithoutDatabase backup={data} />;
  if (data && into === undefined) return <Wizard first={data} />;
  if (data && into !== undefined && !isPending)
    return (
      <Wizard
        first={data}
        begin={beginAs(
          into,
          projects?.find((project) => project.id === data.row.projectId),
        )}
      />
    );
  return (
    <Page>
      {error ? (
        <ErrorPanel error={error} title="This backup could not be read." onRetry={() => void refetch()} />
      ) : (
        <LoadingLines what="this backup" />
      )}
    </Page>
  );
}
