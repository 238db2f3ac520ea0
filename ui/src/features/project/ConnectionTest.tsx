import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import type { LadderView, RungView } from '../../ipc/bindings';
import { call, testConnection, type CommandError } from '../../ipc/call';
import { Chip } from '../../shared/Chip';
import { CopyButton } from '../../shared/CopyButton';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Ladder, type ShownRung } from '../../shared/Ladder';
import { Row, Text } from '../../shared/Layout';
import { Words } from '../../shared/Words';
import classes from './ConnectionPanel.module.css';

/** What is tested: a server of Postgres, or a platform. */
export type Tested = 'server' | 'platform';

const EXPLAINED: Record<Tested, string> = {
  server: 'The test reads names and sizes. It writes nothing.',
  platform: 'The test signs in, looks for the project and asks for its backups. It changes nothing there.',
};

function Fix({ rung }: { rung: ShownRung }) {
  if (!rung.fix) return null;
  const { title, detail, sql } = rung.fix;
  return (
    <div className={classes.fix}>
      <b>{title}</b>
      <p>
        <Words text={detail} />
      </p>
      {sql && (
        <>
          <pre className={classes.sql}>{sql}</pre>
          <CopyButton text={sql} what="the SQL" />
        </>
      )}
    </div>
  );
}

/** Tests with what is stored. The rungs of a server arrive one by one, those of a platform all at once. */
function testOf(tested: Tested, project: string, onRung: (rung: RungView) => void): Promise<LadderView> {
  if (tested === 'server')
    return testConnection({ connection: null, password: null, sshSecret: null, project }, onRung);
  return call('platform_test', { platform: null, credentials: {}, project });
}

/** Whether the project can be reached with what is stored, and what to do where it cannot. */
export function ConnectionTest({
  project,
  tested,
  title,
}: {
  project: string;
  tested: Tested;
  title: string;
}) {
  const [rungs, setRungs] = useState<RungView[]>([]);
  const test = useMutation<LadderView, CommandError>({
    mutationFn: () =>
      testOf(tested, project, (rung) =>
        setRungs((known) => [...known.filter(({ id }) => id !== rung.id), rung]),
      ),
    onMutate: () => setRungs([]),
    onSuccess: (ladder) => setRungs(ladder.rungs),
  });
  const failedAt = rungs.findIndex((rung) => rung.state === 'failed');
  const run = () => test.mutate();
  return (
    <section aria-label={title}>
      <div className={classes.row}>
        <h2>{title}</h2>
        {test.data &&
          (test.data.passed ? (
            <Chip state="ok">passed</Chip>
          ) : (
            <Chip state="danger">{`stopped at ${failedAt + 1} of ${rungs.length}`}</Chip>
          ))}
      </div>
      {rungs.length > 0 && <Ladder rungs={rungs} renderFix={(rung) => <Fix rung={rung} />} />}
      {rungs.length === 0 && !test.isPending && !test.error && (
        <Text top={3} tone="quiet" size="sm">
          {EXPLAINED[tested]}
        </Text>
      )}
      {test.error && <ErrorPanel error={test.error} onRetry={run} />}
      <Row gap={2} align="stretch" wraps top={5}>
        <Button
          leftSection={<IconRefresh aria-hidden />}
          loading={test.isPending}
          onClick={run}
          data-testid={tested === 'server' ? 'test-connection' : 'test-platform'}
        >
          {test.data || test.error ? 'Test again' : 'Test the connection'}
        </Button>
      </Row>
    </section>
  );
}
