import { Button } from '@mantine/core';
import { IconChevronRight, IconDownload, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { RecoveryPlanView } from '../../ipc/bindings';
import { pickSaveFile } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Paper } from '../../shared/Paper';
import { CleanPart } from './CleanPart';
import { ContactsPart } from './ContactsPart';
import { FilePart } from './FilePart';
import { planQuery } from './queries';

function Acts({ plan }: { plan: RecoveryPlanView }) {
  const save = useCommand('recovery_plan_save');
  const onSave = async () => {
    const path = await pickSaveFile(
      'Save the recovery plan',
      `recovery-plan-${plan.project.replaceAll(/[^\w.-]+/g, '-')}.html`,
    );
    if (path !== null) save.mutate({ project: plan.projectId, path });
  };
  return (
    <>
      {save.isSuccess && <span role="status">Saved.</span>}
      {save.error && <span role="alert">Not saved: {save.error.message}</span>}
      <Button
        leftSection={<IconPrinter aria-hidden />}
        onClick={() => window.print()}
        data-testid="print-plan"
      >
        Print…
      </Button>
      <Button
        variant="filled"
        leftSection={<IconDownload aria-hidden />}
        loading={save.isPending}
        onClick={() => void onSave()}
        data-testid="save-plan"
      >
        Save as HTML…
      </Button>
    </>
  );
}

function Loaded({ plan }: { plan: RecoveryPlanView }) {
  return (
    <Page>
      <PageHeader
        title={`Recovery plan of ${plan.project}`}
        lead="What to do when it happened, from what is known now. Print it, and keep it where this computer is not. No password and no key is in it."
        crumbs={
          <>
            <Link to="/project/$id" params={{ id: plan.projectId }}>
              {plan.project}
            </Link>
            <IconChevronRight size={14} stroke={1.75} aria-hidden />
            <span>Recovery plan</span>
          </>
        }
      >
        <Acts plan={plan} />
      </PageHeader>
      <Block top={5} ruled="over" data-not-printed>
        <FilePart file={plan.file} />
        <ContactsPart project={{ id: plan.projectId, name: plan.project }} contacts={plan.contacts} />
        <CleanPart plan={plan} />
      </Block>
      <Paper paper={plan.paper} />
      <div data-not-printed>
        <Section title="The same from the command line">
          <Equivalent
            asked={{ of: 'recovery_plan_show', request: { project: plan.project, path: 'plan.html' } }}
          />
        </Section>
      </div>
    </Page>
  );
}

/** What to do when it happened: the document, who is called, where it is kept current, which backup is clean. */
export function PlanPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(planQuery(id));
  if (data) return <Loaded plan={data} />;
  return (
    <Page>
      {error ? (
        <ErrorPanel
          error={error}
          title="The recovery plan could not be made."
          onRetry={() => void refetch()}
        />
      ) : (
        <LoadingLines what="the recovery plan" />
      )}
    </Page>
  );
}
