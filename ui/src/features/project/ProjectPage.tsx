import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCamera, IconHistory, IconLifebuoy, IconRotateClockwise } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { FailureView, ProjectRow, ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { percent, sentence } from '../../shared/format';
import { LabelChip } from '../../shared/LabelChip';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Page, PageHeader } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { hasSource } from '../../shared/source';
import { StateIcon } from '../../shared/StateIcon';
import { Tabs } from '../../shared/Tabs';
import { Words } from '../../shared/Words';
import { platformName } from '../../shared/platforms';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { PlatformPanel, PullActs } from './platform';
import { BackupsPanel } from './BackupsPanel';
import { BackUpDialog } from './BackUpDialog';
import { ConnectionPanel } from './ConnectionPanel';
import { Figures } from './Figures';
import { GoalsPanel } from './GoalsPanel';
import { GrowthPanel } from './GrowthPanel';
import { HealthLine } from './HealthLine';
import classes from './ProjectPage.module.css';
import { projectQuery } from './queries';
import { RestoresPanel } from './RestoresPanel';
import { RetentionPanel } from './retention';
import { StepsPanel } from './StepsPanel';

const RUNS: Record<string, string> = {
  backup: 'Backing up',
  restore: 'Restoring',
  verify: 'Verifying',
  check: 'Checking',
  repair: 'Repairing',
  copy: 'Copying to the replicas',
  drill: 'Drilling',
  sample: 'Setting up',
  pull: 'Pulling',
  import: 'Importing',
  export: 'Exporting',
  platform: 'At its platform',
  retention: 'Removing old backups',
};

/** A failure stays until a later run succeeds or a person has read it. */
function Failure({ project, failure }: { project: string; failure: FailureView }) {
  const acknowledge = useCommand('project_acknowledge');
  return (
    <div className={classes.failure}>
      <Note
        state="danger"
        title={
          <>
            The run of <Moment ms={failure.atMs} /> failed.
          </>
        }
        acts={
          <>
            <LinkButton to="/run/$id" params={{ id: failure.jobId }}>
              See the run
            </LinkButton>
            <Button
              variant="subtle"
              loading={acknowledge.isPending}
              onClick={() => acknowledge.mutate({ project })}
            >
              I have read it
            </Button>
          </>
        }
      >
        {sentence(failure.message)} <code>{failure.code}</code>
      </Note>
    </div>
  );
}

function Acts({ row, onBackUp }: { row: ProjectRow; onBackUp: () => void }) {
  if (row.job) {
    const act = RUNS[row.job.kind] ?? 'Running';
    const words =
      row.job.waitsFor !== null
        ? `${act}, waits for you`
        : `${act}${row.job.percent === null ? '' : `, ${percent(row.job.percent)}`}`;
    return (
      <LinkButton
        to="/run/$id"
        params={{ id: row.job.id }}
        leftSection={<StateIcon state="running" percent={row.job.percent} />}
        data-testid="see-run"
      >
        {words}
      </LinkButton>
    );
  }
  return (
    <>
      {row.recoveryPoint && (
        <LinkButton
          leftSection={<IconHistory aria-hidden />}
          to="/restore/$backupId"
          params={{ backupId: row.recoveryPoint.backupId }}
          data-testid="restore-project"
        >
          Restore…
        </LinkButton>
      )}
      {!row.isArchived && row.platform !== null && <PullActs row={row} isSecond={row.hasDatabase} />}
      {!row.isArchived && !hasSource(row) && <OpenFileButton>Import a file…</OpenFileButton>}
      {!row.isArchived && row.hasDatabase && (
        <Button leftSection={<IconCamera aria-hidden />} onClick={onBackUp} data-testid="back-up-now">
          Back up now
        </Button>
      )}
    </>
  );
}

export type ProjectTab = 'platform' | 'backups' | 'restores' | 'goals' | 'retention' | 'steps' | 'connection';

function Loaded({ project, first }: { project: ProjectView; first: ProjectTab | undefined }) {
  const { row } = project;
  const [isBackingUp, { open, close }] = useDisclosure(false);
  const isAtPlatform = project.platform !== null && !row.isArchived;
  const [tab, setTab] = useState<ProjectTab>(
    first ?? (isAtPlatform && !row.hasDatabase ? 'platform' : 'backups'),
  );
  const badges = (
    <>
      <LabelChip label={row.label} />
      {row.isSample && <Chip>sample</Chip>}
      {row.isArchived && <Chip state="idle">not protected any more</Chip>}
    </>
  );

  return (
    <Page>
      <PageHeader title={row.name} badge={badges} lead={<Words text={row.place} />}>
        <LinkButton
          to="/project/$id/plan"
          params={{ id: row.id }}
          leftSection={<IconLifebuoy aria-hidden />}
          data-testid="open-plan"
        >
          Recovery plan
        </LinkButton>
        {row.backups !== 0 && (
          <LinkButton
            to="/project/$id/drills"
            params={{ id: row.id }}
            leftSection={<IconRotateClockwise aria-hidden />}
            data-testid="open-drills"
          >
            Drills
          </LinkButton>
        )}
        <Acts row={row} onBackUp={open} />
      </PageHeader>
      {row.failure && <Failure project={row.id} failure={row.failure} />}
      <Figures row={row} />
      {!row.isArchived && <HealthLine project={row.id} />}
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
                <BackupsPanel project={row.id} onBackUp={row.hasDatabase ? open : null} has={row} />
              </>
            ),
          },
          { id: 'restores', title: 'Restores', content: <RestoresPanel project={row.name} /> },
          { id: 'goals', title: 'Goals and schedule', content: <GoalsPanel row={row} /> },
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
      {row.hasDatabase && <BackUpDialog project={row} isOpen={isBackingUp} onClose={close} />}
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
