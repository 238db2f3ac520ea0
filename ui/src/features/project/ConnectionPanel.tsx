import { Button } from '@mantine/core';
import { IconPencil, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import type { ProjectView, RungView } from '../../ipc/bindings';
import { testConnection } from '../../ipc/call';
import { Chip } from '../../shared/Chip';
import { CopyButton } from '../../shared/CopyButton';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { KeyValue } from '../../shared/KeyValue';
import { Ladder, type ShownRung } from '../../shared/Ladder';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { Words } from '../../shared/Words';
import classes from './ConnectionPanel.module.css';
import { PLATFORM_NAMES } from '../../shared/platforms';
import { PlatformTest } from './PlatformTest';
import { RemoveProjectDialog } from './RemoveProjectDialog';

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

/** The test with its rungs, which arrive one by one. */
function Test({ project }: { project: string }) {
  const [rungs, setRungs] = useState<RungView[]>([]);
  const test = useMutation({
    mutationFn: () => testConnection({ connection: null, password: null, project }, (rung) => setRungs((known) => [...known.filter(({ id }) => id !== rung.id), rung])),
    onMutate: () => setRungs([]),
    onSuccess: (ladder) => setRungs(ladder.rungs),
  });
  const failedAt = rungs.findIndex((rung) => rung.state === 'failed');

  return (
    <aside>
      <div className={classes.row}>
        <h2>Test</h2>
        {test.data && (test.data.passed ? <Chip state="ok">passed</Chip> : <Chip state="danger">{`stopped at ${failedAt + 1} of ${rungs.length}`}</Chip>)}
      </div>
      {rungs.length > 0 && <Ladder rungs={rungs} renderFix={(rung) => <Fix rung={rung} />} />}
      {rungs.length === 0 && !test.isPending && !test.error && <p className={classes.quiet}>The test reads names and sizes. It writes nothing.</p>}
      {test.error && <ErrorPanel error={test.error} onRetry={() => test.mutate()} />}
      <div className={classes.acts}>
        <Button leftSection={<IconRefresh aria-hidden />} loading={test.isPending} onClick={() => test.mutate()} data-testid="test-connection">
          {test.data || test.error ? 'Test again' : 'Test the connection'}
        </Button>
      </div>
    </aside>
  );
}

/** How the project is reached, whether that works now, and the way out of it. */
export function ConnectionPanel({ project }: { project: ProjectView }) {
  const [isRemoving, setRemoving] = useState(false);
  const { connection, platform, row } = project;
  const mono = (text: string) => <code>{text}</code>;

  return (
    <div className={classes.columns}>
      <section>
        <h2>{row.kind === 'files' ? 'Where it comes from' : 'How it is reached'}</h2>
        <KeyValue
          rows={[
            ...(connection
              ? [
                  { name: 'Host', value: mono(connection.host) },
                  { name: 'Port', value: connection.port },
                  { name: 'Database', value: mono(connection.database) },
                  { name: 'User', value: mono(connection.user) },
                  { name: 'Password', value: project.hasPassword ? 'in this computer’s keychain' : 'none is stored' },
                  { name: 'TLS', value: mono(connection.tls), note: connection.rootCertificate ?? undefined },
                  { name: 'Server', value: project.serverVersion ? `Postgres ${project.serverVersion}` : 'not known yet' },
                ]
              : []),
            ...(platform
              ? [
                  { name: 'Platform', value: PLATFORM_NAMES[platform.kind] },
                  { name: 'Address', value: mono(platform.address) },
                  { name: 'Project there', value: mono(platform.reference) },
                  ...(platform.account === null ? [] : [{ name: 'Account', value: platform.account }]),
                  ...Object.entries(platform.more).map(([name, value]) => ({ name: name.replaceAll('_', ' '), value: mono(value) })),
                  { name: 'Credentials', value: 'stored; they are never shown' },
                ]
              : []),
            ...(row.kind === 'files' ? [{ name: 'Source', value: 'files that were imported', note: 'There is no server: further files are imported by hand.' }] : []),
            { name: 'Protected since', value: <Moment ms={project.createdAtMs} /> },
          ]}
        />
        {!row.isArchived && row.kind !== 'files' && (
          <div className={classes.acts}>
            <LinkButton leftSection={<IconPencil aria-hidden />} to="/project/$id/edit" params={{ id: row.id }}>
              Change the connection
            </LinkButton>
          </div>
        )}
        <div className={classes.remove}>
          <h2>Remove this project</h2>
          <p>Holdfast forgets {row.kind === 'files' ? 'its name' : 'how to reach it'}. You choose whether its backups stay in the vault.{row.kind === 'files' ? ' The files that were imported are left alone.' : row.kind === 'platform' ? ' What its platform keeps is left alone.' : ' The server itself is left alone.'}</p>
          <Button variant="danger" leftSection={<IconTrash aria-hidden />} onClick={() => setRemoving(true)} data-testid="remove-project">
            Remove {row.name}…
          </Button>
        </div>
      </section>
      {!row.isArchived && connection !== null && <Test project={row.id} />}
      {!row.isArchived && connection === null && platform !== null && <PlatformTest project={row.id} />}
      <RemoveProjectDialog project={row.id} isOpen={isRemoving} onClose={() => setRemoving(false)} />
    </div>
  );
}
