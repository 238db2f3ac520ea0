import { Button } from '@mantine/core';

import type { ProjectRow, RetentionRunView } from '../../ipc/bindings';
import { Block, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { LinkButton } from '../../shared/LinkButton';

const UNFINISHED: Record<string, string> = {
  stopped: 'The last removal was stopped before its end.',
  interrupted: 'The last removal was interrupted.',
};

/** How the last confirmed removal ended: loud where it did not come to its end, one quiet line where it did. */
export function LastRun({
  run,
  project,
  onGoOn,
}: {
  run: RetentionRunView | null;
  project: ProjectRow;
  onGoOn: () => void;
}) {
  if (run === null) return null;
  if (run.state === 'running') {
    return (
      <Block bottom={4}>
        <Note
          state="running"
          title="Old backups are being removed."
          acts={
            project.job && (
              <LinkButton to="/run/$id" params={{ id: project.job.id }}>
                See the run
              </LinkButton>
            )
          }
        >
          {run.words}
        </Note>
      </Block>
    );
  }
  const title = UNFINISHED[run.state];
  if (title === undefined || run.removed === run.planned) {
    return (
      <Text tone="quiet" size="sm">
        Last removal <Moment ms={run.finishedAtMs ?? run.startedAtMs} />: {run.words}
      </Text>
    );
  }
  return (
    <Block bottom={4}>
      <Note
        state="warn"
        title={title}
        testId="retention-unfinished"
        acts={
          !project.job && (
            <Button onClick={onGoOn} data-testid="go-on-removing">
              See what is left of it…
            </Button>
          )
        }
      >
        <Moment ms={run.startedAtMs} />. {run.words}{' '}
        {run.code !== null && run.code !== 'cancelled' && <code>{run.code}</code>}
      </Note>
    </Block>
  );
}
