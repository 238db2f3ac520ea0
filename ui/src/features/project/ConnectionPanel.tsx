import { Button } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import type { ProjectView } from '../../ipc/bindings';
import { KeyValue } from '../../shared/KeyValue';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { PLATFORM_NAMES } from '../../shared/platforms';
import classes from './ConnectionPanel.module.css';
import { ConnectionTest } from './ConnectionTest';
import { NotedPanel } from './NotedPanel';
import { RemoveProjectDialog } from './RemoveProjectDialog';

/** How the project is reached, whether that works now, and the way out of it. */
export function ConnectionPanel({ project }: { project: ProjectView }) {
  const [isRemoving, setRemoving] = useState(false);
  const { connection, platform, row } = project;
  const mono = (text: string) => <code>{text}</code>;

  return (
    <>
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
      {!row.isArchived && row.kind !== 'files' && <ConnectionTest project={row.id} tested={connection === null ? 'platform' : 'server'} />}
      <RemoveProjectDialog project={row.id} isOpen={isRemoving} onClose={() => setRemoving(false)} />
    </div>
    {!row.isArchived && connection !== null && <NotedPanel row={row} />}
    </>
  );
}
