import { Button } from '@mantine/core';
import { IconClock, IconDeviceSdCard, IconHistory, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { BackupView, RestorePlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, clock, moment, span } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page } from '../../shared/PageHeader';
import { isConfirmed } from '../../shared/TypedConfirm';
import { useSeconds } from '../../shared/useSeconds';
import { WizardFrame } from '../../shared/WizardFrame';
import { actOf, ConfirmStep } from './ConfirmStep';
import { PreviewStep, previewSentence } from './PreviewStep';
import { backupQuery, projectsQuery } from './queries';
import classes from './RestorePage.module.css';
import { missing, proposedName, requestOf, type TargetDraft } from './target';
import { WhereStep } from './WhereStep';

type Step = 'where' | 'preview' | 'confirm';

function PlanFacts({ plan, leftMs }: { plan: RestorePlanView; leftMs: number }) {
  return (
    <span className={classes.facts}>
      <span>
        <IconDeviceSdCard size={14} stroke={1.75} aria-hidden />
        <b>{bytes(plan.neededBytes)}</b> needed{plan.freeBytes === null ? '' : `, ${bytes(plan.freeBytes)} free`}
      </span>
      <span>
        <IconClock size={14} stroke={1.75} aria-hidden />
        {leftMs > 0 ? (
          <span>
            Plan <code>{plan.id.slice(0, 8)}</code>, valid until {clock(plan.validUntilMs ?? 0)}, {span(leftMs)} left
          </span>
        ) : (
          'The plan is out of date'
        )}
      </span>
    </span>
  );
}

function Wizard({ backup }: { backup: BackupView }) {
  const { row } = backup;
  const navigate = useNavigate();
  const { data: projects = [] } = useQuery(projectsQuery());
  const [step, setStep] = useState<Step>('where');
  const [draft, setDraft] = useState<TargetDraft>({ place: 'scratch', name: proposedName(row.project), project: null, connection: null, password: '' });
  const [typed, setTyped] = useState('');
  // Not kept after the wizard: the request may hold a password.
  const planning = useCommand('restore_plan', { onMutate: () => setTyped(''), gcTime: 0 });
  const applying = useCommand('restore_apply', { onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }) });
  const plan = planning.data;
  const now = useSeconds(plan !== undefined);
  const leftMs = plan ? (plan.validUntilMs ?? 0) - now : 0;
  const isStale = plan !== undefined && (leftMs <= 0 || applying.error?.code === 'plan_stale');
  const gap = missing(draft);

  const makePlan = () => {
    setStep('preview');
    applying.reset();
    planning.mutate({ backup: row.id, target: requestOf(draft) });
  };
  const again = (
    <Button size="lg" variant="filled" leftSection={<IconRefresh aria-hidden />} loading={planning.isPending} onClick={makePlan}>
      Make the plan again
    </Button>
  );

  const back = (to: Step) => (
    <Button size="lg" onClick={() => setStep(to)}>
      Back
    </Button>
  );
  const acts = {
    where: (
      <>
        <LinkButton size="lg" to="/backup/$id" params={{ id: row.id }}>
          Cancel
        </LinkButton>
        <Button size="lg" variant="filled" disabled={gap !== null} onClick={makePlan} data-testid="plan-next">
          Next: preview
        </Button>
      </>
    ),
    preview: (
      <>
        {back('where')}
        {isStale && !planning.isPending && again}
        {!isStale && (
          <Button size="lg" variant="filled" disabled={!plan || planning.isPending || plan.blockers.length > 0} onClick={() => setStep('confirm')} data-testid="plan-next">
            Next: confirm
          </Button>
        )}
      </>
    ),
    confirm: (
      <>
        {back('preview')}
        {isStale || !plan ? (
          again
        ) : (
          <Button
            size="lg"
            variant="filled"
            disabled={!isConfirmed(plan.targetDatabase, typed)}
            loading={applying.isPending}
            onClick={() => applying.mutate({ planId: plan.id, confirm: typed })}
            data-testid="apply-restore"
          >
            {actOf(plan)}
          </Button>
        )}
      </>
    ),
  }[step];

  const footNote =
    step === 'where' ? (gap ?? 'The plan only reads. Nothing is created before you confirm.') : plan && !planning.isPending ? <PlanFacts plan={plan} leftMs={leftMs} /> : null;

  return (
    <WizardFrame
      icon={<IconHistory aria-hidden />}
      title="Restore"
      subject={`${row.project}, ${moment(row.atMs)}`}
      current={step}
      onStep={(id) => setStep(id as Step)}
      steps={[
        { id: 'where', title: 'Where', answer: step === 'where' ? 'A database of its own' : whereAnswer(draft, plan, projects.find(({ id }) => id === draft.project)?.name ?? row.project) },
        { id: 'preview', title: 'Preview', answer: step === 'confirm' && plan ? previewSentence(plan) : 'What would happen' },
        { id: 'confirm', title: 'Confirm', answer: 'The name, typed' },
      ]}
      footNote={footNote}
      acts={acts}
    >
      {step === 'where' && <WhereStep backup={backup} projects={projects} draft={draft} onChange={(change) => setDraft((known) => ({ ...known, ...change }))} />}
      {step === 'preview' && planning.isPending && (
        <div className={classes.planning}>
          <LoadingLines what="the backup and the target" />
        </div>
      )}
      {step === 'preview' && planning.error && <ErrorPanel error={planning.error} title="There is no plan." onRetry={makePlan} />}
      {step === 'preview' && plan && !planning.isPending && <PreviewStep plan={plan} isStale={isStale} />}
      {step === 'confirm' && plan && <ConfirmStep plan={plan} typed={typed} onType={setTyped} error={applying.error} />}
    </WizardFrame>
  );
}

/** The receipt of the first step. */
function whereAnswer(draft: TargetDraft, plan: RestorePlanView | undefined, project: string): string {
  if (draft.place === 'scratch') return 'A private Postgres on this computer';
  const server = draft.place === 'other_server' ? (draft.connection?.host ?? '') : `the server of ${project}`;
  return `${draft.name} on ${server}${plan?.targetLabel ? `, ${plan.targetLabel}` : ''}`;
}

/** Restores a backup as a database of its own: where, what would happen, the name typed. */
export function RestorePage({ backupId }: { backupId: string }) {
  const { data, error, refetch } = useQuery(backupQuery(backupId));
  if (data) return <Wizard backup={data} />;
  return (
    <Page>{error ? <ErrorPanel error={error} title="This backup could not be read." onRetry={() => void refetch()} /> : <LoadingLines what="this backup" />}</Page>
  );
}
