import { Button } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import type { ProjectView, SshView } from '../../ipc/bindings';
import { accountOf } from '../../shared/ssh';
import { KeyValue } from '../../shared/KeyValue';
import { Row } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { PLATFORM_NAMES } from '../../shared/platforms';
import { hasSource } from '../../shared/source';
import classes from './ConnectionPanel.module.css';
import { ConnectionTest } from './ConnectionTest';
import { NotedPanel } from './NotedPanel';
import { RemoveProjectDialog } from './RemoveProjectDialog';

/** The way by SSH, and what each side proves itself with. */
function way(ssh: SshView) {
  return [
    { name: 'By way of SSH', value: <code>{accountOf(ssh)}</code>, note: ssh.key ?? undefined },
    ...(ssh.hostKey === null
      ? []
      : [{ name: 'That server’s key', value: <code className={classes.key}>{ssh.hostKey}</code> }]),
  ];
}

/** How the project is reached, whether that works now, and the way out of it. */
export function ConnectionPanel({ project }: { project: ProjectView }) {
  const [isRemoving, setRemoving] = useState(false);
  const { connection, platform, row } = project;
  const isReached = hasSource(row);
  const left = [
    ...(connection ? [' The server itself is left alone.'] : []),
    ...(platform ? [' What its platform keeps is left alone.'] : []),
  ];
  const leftAlone = isReached ? left.join('') : ' The files that were imported are left alone.';
  const mono = (text: string) => <code>{text}</code>;

  return (
    <>
      <div className={classes.columns}>
        <section>
          <h2>{isReached ? 'How it is reached' : 'Where it comes from'}</h2>
          <KeyValue
            rows={[
              ...(connection
                ? [
                    { name: 'Host', value: mono(connection.host) },
                    { name: 'Port', value: connection.port },
                    ...(connection.ssh ? way(connection.ssh) : []),
                    ...(connection.container === null
                      ? []
                      : [{ name: 'In the container', value: mono(connection.container) }]),
                    { name: 'Database', value: mono(connection.database) },
                    { name: 'User', value: mono(connection.user) },
                    {
                      name: 'Password',
                      value: project.hasPassword ? 'in this computer’s keychain' : 'none is stored',
                    },
                    {
                      name: 'TLS',
                      value: mono(connection.tls),
                      note: connection.rootCertificate ?? undefined,
                    },
                    {
                      name: 'Server',
                      value: project.serverVersion ? `Postgres ${project.serverVersion}` : 'not known yet',
                    },
                  ]
                : []),
              ...(platform
                ? [
                    { name: 'Platform', value: PLATFORM_NAMES[platform.kind] },
                    { name: 'Address', value: mono(platform.address) },
                    { name: 'Project there', value: mono(platform.reference) },
                    ...(platform.account === null ? [] : [{ name: 'Account', value: platform.account }]),
                    ...Object.entries(platform.more).map(([name, value]) => ({
                      name: name.replaceAll('_', ' '),
                      value: mono(value),
                    })),
                    { name: 'Credentials', value: 'stored; they are never shown' },
                  ]
                : []),
              ...(!isReached
                ? [
                    {
                      name: 'Source',
                      value: 'files that were imported',
                      note: 'There is no server: further files are imported by hand.',
                    },
                  ]
                : []),
              { name: 'Protected since', value: <Moment ms={project.createdAtMs} /> },
            ]}
          />
          {!row.isArchived && (
            <Row gap={2} align="stretch" wraps top={5}>
              <LinkButton
                leftSection={connection ? <IconPencil aria-hidden /> : <IconPlus aria-hidden />}
                to="/project/$id/edit"
                params={{ id: row.id }}
                search={{ side: 'database' }}
                data-testid="edit-database"
              >
                {connection ? 'Change the connection' : 'Connect its database'}
              </LinkButton>
              <LinkButton
                leftSection={platform ? <IconPencil aria-hidden /> : <IconPlus aria-hidden />}
                to="/project/$id/edit"
                params={{ id: row.id }}
                search={{ side: 'platform' }}
                data-testid="edit-platform"
              >
                {platform ? 'Change the platform' : 'Add its platform'}
              </LinkButton>
            </Row>
          )}
          <div className={classes.remove}>
            <h2>Remove this project</h2>
            <p>
              Holdfast forgets {isReached ? 'how to reach it' : 'its name'}. You choose whether its backups
              stay in the vault.{leftAlone}
            </p>
            <Button
              variant="danger"
              leftSection={<IconTrash aria-hidden />}
              onClick={() => setRemoving(true)}
              data-testid="remove-project"
            >
              Remove {row.name}…
            </Button>
          </div>
        </section>
        {!row.isArchived && isReached && (
          <aside className={classes.tests}>
            {connection && (
              <ConnectionTest
                project={row.id}
                tested="server"
                title={platform ? 'Test of the database' : 'Test'}
              />
            )}
            {platform && (
              <ConnectionTest
                project={row.id}
                tested="platform"
                title={connection ? 'Test of the platform' : 'Test'}
              />
            )}
          </aside>
        )}
        <RemoveProjectDialog project={row.id} isOpen={isRemoving} onClose={() => setRemoving(false)} />
      </div>
      {!row.isArchived && connection !== null && <NotedPanel row={row} />}
    </>
  );
}
