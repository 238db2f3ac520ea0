import { Select, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import type { HealthView } from '../../ipc/bindings';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Page, PageHeader } from '../../shared/PageHeader';
import { Costs } from './Costs';
import { Findings } from './Findings';
import classes from './HealthPage.module.css';
import { Plots } from './Plots';
import { healthQuery, projectsQuery } from './queries';
import { filterFindings } from './words';

/** From here on findings are worth filtering. */
const FILTER_FROM = 12;

/** What is wrong or will be, and the one act for each; then how it came to be so, as plots. */
export function HealthPage({ project }: { project: string | null }) {
  const health = useQuery(healthQuery(project));
  if (health.data === undefined && health.error) {
    return (
      <Page>
        <PageHeader title="Holdfast cannot tell." lead="Without an answer nothing counts as well." />
        <Block top={6}>
          <ErrorPanel error={health.error} onRetry={() => void health.refetch()} />
        </Block>
      </Page>
    );
  }
  if (health.data === undefined) {
    return (
      <Page>
        <LoadingLines what="how everything stands" />
      </Page>
    );
  }
  return (
    <Page>
      <div aria-live="polite">
        <PageHeader
          title={health.data.sentence}
          lead={
            <>
              {health.data.support}{' '}
              <Text as="span" tone="quiet">
                Looked <Moment ms={health.data.atMs} />.
              </Text>
            </>
          }
        >
          <ProjectFilter project={project} />
        </PageHeader>
      </div>
      {health.isError && (
        <Block top={6}>
          <ErrorPanel
            error={health.error}
            title="What you see may be out of date."
            onRetry={() => void health.refetch()}
          />
        </Block>
      )}
      {health.data.projects === 0 && project === null && (
        <Block top={6}>
          <EmptyState
            sentence="No project is connected."
            detail="Once one is, this page says what is wrong with it or will be, and what to do."
          >
            <LinkButton to="/connect" variant="filled" leftSection={<IconPlus />}>
              Protect a project
            </LinkButton>
          </EmptyState>
        </Block>
      )}
      <Found key={project} health={health.data} />
      <PlotsOf project={project} />
      {project === null && <Costs health={health.data} />}
    </Page>
  );
}

function Found({ health }: { health: HealthView }) {
  const [filter, setFilter] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => field.current?.focus()]]);
  const shown = filterFindings(health.findings, filter);
  const isLong = health.findings.filter((finding) => finding.severity !== 'ok').length >= FILTER_FROM;
  return (
    <>
      {isLong && (
        <TextInput
          ref={field}
          className={classes.filter}
          aria-label="Filter the findings"
          placeholder="Filter"
          leftSection={<IconSearch size={14} stroke={1.75} />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && setFilter('')}
        />
      )}
      <Findings findings={shown} isFiltered={filter.trim() !== ''} />
    </>
  );
}

/** One project, or all. A thousand of them are searched by typing. */
function ProjectFilter({ project }: { project: string | null }) {
  const navigate = useNavigate();
  const projects = useQuery(projectsQuery()).data ?? [];
  if (projects.length === 0) return null;
  return (
    <Select
      className={classes.project}
      size="sm"
      aria-label="Project"
      placeholder="All projects"
      searchable
      clearable
      limit={200}
      nothingFoundMessage="No project of that name"
      data={projects.map((row) => ({ value: row.id, label: row.name }))}
      value={project}
      onChange={(chosen) =>
        void navigate({ to: '/health', search: chosen === null ? {} : { project: chosen } })
      }
    />
  );
}

/** Plots are of one project: the chosen one, or the one that is most at risk. */
function PlotsOf({ project }: { project: string | null }) {
  const projects = useQuery(projectsQuery()).data ?? [];
  const shown = projects.find((row) =>
    project === null ? row.backups !== 0 && !row.isArchived : row.id === project || row.name === project,
  );
  return shown === undefined || shown.backups === 0 ? null : (
    <Plots key={shown.id} row={shown} isChosen={project !== null} />
  );
}
