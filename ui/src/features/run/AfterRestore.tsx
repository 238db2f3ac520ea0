import { useQuery } from '@tanstack/react-query';
import { IconArrowBackUp, IconTrash } from '@tabler/icons-react';

import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Section } from '../../shared/PageHeader';
import { SaveRestoreReport } from '../../shared/SaveRestoreReport';
import { Words } from '../../shared/Words';
import classes from './AfterRestore.module.css';
import { scratchesQuery, standingQuery } from './queries';

interface AfterRestoreProps {
  jobId: string;
  /** The private copy that it made, if it made one. */
  scratchId: string | null;
}

/** How a restore stands now: undo it, discard what it kept, or what to do by hand. */
export function AfterRestore({ jobId, scratchId }: AfterRestoreProps) {
  const { data, error, refetch } = useQuery(standingQuery(jobId));
  const { data: scratches } = useQuery({ ...scratchesQuery(), enabled: scratchId !== null });
  // The run ended before its restore began: nothing was touched, and the error above says why.
  if (error?.code === 'restore_not_found') return null;
  if (error)
    return (
      <Section title="How it stands now">
        <ErrorPanel error={error} title="How it stands could not be asked." onRetry={() => void refetch()} />
      </Section>
    );
  if (!data) return <LoadingLines what="how the restore stands" />;
  const { canUndo, canDiscard, restore } = data;
  const scratch = scratches?.find(({ id }) => id === scratchId);
  const wasRemoved = scratchId !== null && scratches !== undefined && scratch === undefined;
  return (
    <Section title="How it stands now">
      <div className={classes.after} data-testid="after-restore">
        <Text weight="medium" breaks>
          {wasRemoved ? (
            `The copy of ${restore.database} was removed from this computer.`
          ) : (
            <Words text={data.sentence} />
          )}
        </Text>
        <Row gap={2} align="stretch" wraps top={3}>
          {scratch && (
            <LinkButton
              variant="danger"
              to="/settings"
              hash="scratch"
              leftSection={<IconTrash aria-hidden />}
              data-testid="remove-scratch"
            >
              Remove it in the settings…
            </LinkButton>
          )}
          {canUndo && (
            <LinkButton
              to="/restored/$id/undo"
              params={{ id: restore.id }}
              leftSection={<IconArrowBackUp aria-hidden />}
              data-testid="undo-restore"
            >
              Undo…
            </LinkButton>
          )}
          {canDiscard && (
            <LinkButton
              variant="danger"
              to="/restored/$id/discard"
              params={{ id: restore.id }}
              leftSection={<IconTrash aria-hidden />}
              data-testid="discard-old"
            >
              {restore.strategy === 'swap' ? 'Discard the old database…' : 'Discard what was restored…'}
            </LinkButton>
          )}
          {restore.safetyBackupId !== null && (
            <LinkButton variant="subtle" to="/backup/$id" params={{ id: restore.safetyBackupId }}>
              See the safety backup
            </LinkButton>
          )}
          <SaveRestoreReport restore={restore.id} />
        </Row>
        {!wasRemoved && (
          <p className={classes.hand}>
            {data.next.includes('`') && <b>By hand</b>} <Words text={data.next} />
          </p>
        )}
      </div>
    </Section>
  );
}
