import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { Chip } from '../../shared/Chip';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { useCommand } from '../../ipc/client';
import { Ladder } from '../../shared/Ladder';
import { Words } from '../../shared/Words';
import classes from './ConnectionPanel.module.css';

/** Whether the platform lets itself be used with what is stored. All rungs arrive together. */
export function PlatformTest({ project }: { project: string }) {
  const test = useCommand('platform_test');
  const run = () => test.mutate({ platform: null, credentials: {}, project });
  const rungs = test.data?.rungs ?? [];
  const failedAt = rungs.findIndex((rung) => rung.state === 'failed');
  return (
    <aside>
      <div className={classes.row}>
        <h2>Test</h2>
        {test.data && (test.data.passed ? <Chip state="ok">passed</Chip> : <Chip state="danger">{`stopped at ${failedAt + 1} of ${rungs.length}`}</Chip>)}
      </div>
      {rungs.length > 0 && (
        <Ladder
          rungs={rungs}
          renderFix={(rung) =>
            rung.fix ? (
              <div className={classes.fix}>
                <b>{rung.fix.title}</b>
                <p>
                  <Words text={rung.fix.detail} />
                </p>
              </div>
            ) : null
          }
        />
      )}
      {rungs.length === 0 && !test.isPending && !test.error && <p className={classes.quiet}>The test signs in, looks for the project and asks for its backups. It changes nothing there.</p>}
      {test.error && <ErrorPanel error={test.error} onRetry={run} />}
      <div className={classes.acts}>
        <Button leftSection={<IconRefresh aria-hidden />} loading={test.isPending} onClick={run} data-testid="test-connection">
          {test.data || test.error ? 'Test again' : 'Test the connection'}
        </Button>
      </div>
    </aside>
  );
}
