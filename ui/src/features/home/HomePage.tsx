import { Button, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { HomeView } from '../../ipc/bindings';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { ProofLegend } from '../../shared/ProofBadge';
import { Words } from '../../shared/Words';
import css from './HomePage.module.css';
import { NeedsList } from './NeedsList';
import { PausedNote } from './PausedNote';
import { ProjectTable } from './ProjectTable';
import { appStateQuery, homeQuery } from './queries';
import { TrySample } from './TrySample';
import { VaultTrouble } from './VaultTrouble';
import { filterProjects } from './words';

/** From here on a list is worth filtering. */
const FILTER_FROM = 13;

/** Is everything restorable, right now? One sentence, then what needs a person, then every project. */
export function HomePage() {
  const home = useQuery(homeQuery());
  const vault = useQuery(appStateQuery()).data?.vault ?? null;
  if (home.isPending)
    return (
      <Page>
        <Text tone="quiet" size="sm" role="status">
          Reading the catalogue.
        </Text>
      </Page>
    );
  if (home.data === undefined) {
    return (
      <Page>
        <PageHeader
          title="Holdfast cannot tell."
          lead="Without an answer from the catalogue nothing counts as restorable."
        />
        <Block top={6}>
          <ErrorPanel error={home.error} onRetry={() => void home.refetch()} />
        </Block>
      </Page>
    );
  }
  const inTrouble = vault !== null && vault.state !== 'ready';
  const needs = home.data.needs.filter((need) => !(inTrouble && need.target.kind === 'vault'));
  const isEmpty = home.data.projects.length === 0;
  return (
    <Page>
      <PageHeader title={home.data.sentence} lead={<Words text={home.data.support} />}>
        {!isEmpty && (
          <LinkButton to="/connect" leftSection={<IconPlus />} data-testid="protect-a-project">
            Protect a project
          </LinkButton>
        )}
      </PageHeader>
      {home.isError && (
        <Block top={6}>
          <ErrorPanel
            error={home.error}
            title="What you see may be out of date."
            onRetry={() => void home.refetch()}
          />
        </Block>
      )}
      {inTrouble && (
        <Block top={6}>
          <VaultTrouble vault={vault} />
        </Block>
      )}
      {home.data.paused !== null && <PausedNote paused={home.data.paused} />}
      {needs.length > 0 && <NeedsList needs={needs} />}
      {isEmpty ? <NoProjects /> : <Projects projects={home.data.projects} />}
    </Page>
  );
}

function NoProjects() {
  return (
    <Section title="Projects">
      <EmptyState
        sentence="No project is connected."
        detail="Holdfast only reads from your servers. The sample runs on this computer and can be removed again."
      >
        <LinkButton to="/connect" variant="filled" leftSection={<IconPlus />} data-testid="protect-a-project">
          Protect a project
        </LinkButton>
        <OpenFileButton>Look at a backup file</OpenFileButton>
        <TrySample />
      </EmptyState>
    </Section>
  );
}

function Projects({ projects }: { projects: HomeView['projects'] }) {
  const [filter, setFilter] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => field.current?.focus()]]);
  const shown = filterProjects(projects, filter);
  return (
    <Section
      title="Projects"
      aside={
        <div className={css.aside}>
          <ProofLegend />
          {projects.length < FILTER_FROM ? (
            <span className={css.order}>Most at risk first</span>
          ) : (
            <TextInput
              ref={field}
              className={css.filter}
              aria-label="Filter the projects"
              placeholder="Filter"
              leftSection={<IconSearch size={14} stroke={1.75} />}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') setFilter('');
              }}
            />
          )}
        </div>
      }
    >
      {shown.length === 0 ? (
        <EmptyState sentence={`No project matches “${filter}”.`}>
          <Button onClick={() => setFilter('')}>Show all projects</Button>
        </EmptyState>
      ) : (
        <ProjectTable projects={shown} />
      )}
    </Section>
  );
}
