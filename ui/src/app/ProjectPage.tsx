import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { AssertionsPanel } from '../features/assertions';
import { BackUpDialog, BackupsPanel, GrowthPanel } from '../features/backups';
import { GoalsSection } from '../features/goals';
import { PlatformPanel, PullActs } from '../features/platform';
import { ComponentsPanel } from '../features/components';
import { ConnectionPanel, ProjectHead } from '../features/project';
import { RestoresPanel } from '../features/restore';
import { RetentionPanel } from '../features/retention';
import { SchedulePanel } from '../features/schedule';
import { StepsPanel } from '../features/steps';
import type { ProjectRow, ProjectView } from '../ipc/bindings';
import { ErrorPanel } from '../shared/ErrorPanel';
import { Block } from '../shared/Layout';
import { LoadingLines } from '../shared/LoadingLines';
import { Page } from '../shared/PageHeader';
import { platformName } from '../shared/platforms';
import { hasSource, isReadHere } from '../shared/source';
import { Tabs } from '../shared/Tabs';
import { projectQuery } from './queries';

/** What a project is held to: how much may be lost, how soon it has to be back, what has to be true of it. */
function Goals({ row }: { row: ProjectRow }) {
  return (
    <Block top={6}>
      <GoalsSection project={row} />
      {hasSource(row) && <SchedulePanel project={row} />}
      <AssertionsPanel row={row} />
    </Block>
  );
}

type ProjectTab =
  'platform' | 'backups' | 'components' | 'restores' | 'goals' | 'retention' | 'steps' | 'connection';

function Loaded({ project, first }: { project: ProjectView; first: ProjectTab | undefined }) {
  const { row } = project;
  const [isBackingUp, { open, close }] = useDisclosure(false);
  const isAtPlatform = project.platform !== null && !row.isArchived;
  const [tab, setTab] = useState<ProjectTab>(
    first ?? (isAtPlatform && !row.hasDatabase ? 'platform' : 'backups'),
  );
  return (
    <Page>
      <ProjectHead
        row={row}
        pull={!row.isArchived && row.platform !== null && <PullActs row={row} isSecond={row.hasDatabase} />}
        onBackUp={open}
      />
      <Tabs
        label={`Parts of ${row.name}`}
        active={tab}
        onChange={setTab}
        tabs={[
          ...(isAtPlatform
            ? [
                {
                  id: 'platform' as const,
                  title: `At ${platformName(project)}`,
                  content: <PlatformPanel project={row} />,
                },
              ]
            : []),
          {
            id: 'backups',
            title: 'Backups',
            content: (
              <>
                {row.backups !== 0 && <GrowthPanel project={row.id} />}
                <BackupsPanel project={row.id} onBackUp={isReadHere(row) ? open : null} has={row} />
              </>
            ),
          },
          ...(row.isArchived
            ? []
            : [
                {
                  id: 'components' as const,
                  title: 'Components',
                  content: <ComponentsPanel project={row} />,
                },
              ]),
          { id: 'restores', title: 'Restores', content: <RestoresPanel project={row.name} /> },
          { id: 'goals', title: 'Goals and schedule', content: <Goals row={row} /> },
          { id: 'retention', title: 'Retention', content: <RetentionPanel project={row} /> },
          ...(row.isArchived || !hasSource(row)
            ? []
            : [{ id: 'steps' as const, title: 'Recovery steps', content: <StepsPanel project={row} /> }]),
          {
            id: 'connection',
            title: hasSource(row) ? 'Connection' : 'Project',
            content: <ConnectionPanel project={project} />,
          },
        ]}
      />
      {isReadHere(row) && <BackUpDialog project={row} isOpen={isBackingUp} onClose={close} />}
    </Page>
  );
}

/** One project: how well it is protected, its backups, and how it is reached. */
export function ProjectPage({ id, tab }: { id: string; tab?: ProjectTab }) {
  const { data, error, refetch } = useQuery(projectQuery(id));
  if (data) return <Loaded project={data} first={tab} />;
  return (
    <Page>
      {error ? (
        <ErrorPanel error={error} title="This project could not be read." onRetry={() => void refetch()} />
      ) : (
        <LoadingLines what="this project" />
      )}
    </Page>
  );
}
