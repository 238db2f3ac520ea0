import { Button } from '@mantine/core';
import { IconCamera, IconHistory, IconLifebuoy, IconRotateClockwise } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { FailureView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { percent, sentence } from '../../shared/format';
import { LabelChip } from '../../shared/LabelChip';
import { Block } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { PageHeader } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { hasSource, isReadHere } from '../../shared/source';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import { Figures } from './Figures';
import { HealthLine } from './HealthLine';

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
    <Block top={5}>
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
    </Block>
  );
}

interface ProjectHeadProps {
  row: ProjectRow;
  /** The acts of its platform, where it has one. */
  pull: ReactNode;
  onBackUp: () => void;
}

function Acts({ row, pull, onBackUp }: ProjectHeadProps) {
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
      {pull}
      {!row.isArchived && !hasSource(row) && <OpenFileButton>Import a file…</OpenFileButton>}
      {!row.isArchived && isReadHere(row) && (
        <Button leftSection={<IconCamera aria-hidden />} onClick={onBackUp} data-testid="back-up-now">
          Back up now
        </Button>
      )}
    </>
  );
}

/** What it is called, what can be done with it, and how well it is protected. */
export function ProjectHead({ row, pull, onBackUp }: ProjectHeadProps) {
  const badges = (
    <>
      <LabelChip label={row.label} />
      {row.isSample && <Chip>sample</Chip>}
      {row.isArchived && <Chip state="idle">not protected any more</Chip>}
    </>
  );

  return (
    <>
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
        <Acts row={row} pull={pull} onBackUp={onBackUp} />
      </PageHeader>
      {row.failure && <Failure project={row.id} failure={row.failure} />}
      <Figures row={row} />
      {!row.isArchived && <HealthLine project={row.id} />}
    </>
  );
}
