import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { DrillRowView } from '../../ipc/bindings';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { DrillTable, History } from './History';
import { drillsQuery, goalQuery, projectsQuery } from './queries';
import { StartDrill } from './StartDrill';

function heroOf(drills: readonly DrillRowView[] | undefined): string {
  const last = drills?.find((drill) => drill.kind === 'full');
  if (!drills) return 'Drills';
  if (!last) return 'No full drill has been made yet.';
  if (last.verdict === 'pass') return 'The last drill passed.';
  return last.verdict === 'fail' ? 'The last drill failed.' : 'The last drill was inconclusive.';
}

function OfProject({ project, backup }: { project: string; backup?: string | undefined }) {
  const drills = useQuery(drillsQuery(project));
  const goal = useQuery(goalQuery(project));
  const name = useQuery(projectsQuery()).data?.find((one) => one.id === project)?.name ?? 'the project';
  const rows = drills.data;
  return (
    <Page>
      <PageHeader
        title={heroOf(rows)}
        lead="A drill brings a backup back, compares it, and throws it away again. Nothing of the project is touched."
        crumbs={
          <>
            <Link to="/project/$id" params={{ id: project }}>
              {name}
            </Link>
            <IconChevronRight size={14} stroke={1.75} aria-hidden />
            <span>Drills</span>
          </>
        }
      />
      <Section title={backup ? 'Drill of the chosen backup' : 'Drill of the newest backup'}>
        <StartDrill project={project} backup={backup} />
      </Section>
      {drills.error && (
        <ErrorPanel
          error={drills.error}
          title="The drills could not be read."
          onRetry={() => void drills.refetch()}
        />
      )}
      {drills.isPending && <LoadingLines what="the drills" />}
      {rows && rows.length > 0 && (
        <>
          <Section title="Time against the goal">
            <History drills={rows} goalMs={goal.data?.rtoMs ?? null} />
          </Section>
          <Section title="All drills">
            <DrillTable drills={rows} />
          </Section>
        </>
      )}
    </Page>
  );
}

function OfAll() {
  const { data, error, refetch } = useQuery(drillsQuery(null));
  return (
    <Page>
      <PageHeader
        title={data?.length === 0 ? 'No drill yet.' : 'Drills'}
        lead="What came back, and what did not, newest first."
      />
      {error && (
        <ErrorPanel error={error} title="The drills could not be read." onRetry={() => void refetch()} />
      )}
      {!data && !error && <LoadingLines what="the drills" />}
      {data && data.length > 0 && (
        <Section title="All drills">
          <DrillTable drills={data} hasProject />
        </Section>
      )}
      {data?.length === 0 && (
        <EmptyState
          sentence="Open a project and start one."
          detail="It needs a backup, and a Postgres: the programs on this computer, a container, or another server."
        >
          <LinkButton to="/" variant="filled">
            Go to the projects
          </LinkButton>
        </EmptyState>
      )}
    </Page>
  );
}

/** Drills of a project with the way to start one; without a project, those of all. */
export function DrillsPage({ project, backup }: { project?: string; backup?: string | undefined }) {
  return project === undefined ? <OfAll /> : <OfProject project={project} backup={backup} />;
}
