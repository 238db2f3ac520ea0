import { Button } from '@mantine/core';
import { IconCloudPlus, IconCloudUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { BackupView } from '../../ipc/bindings';
import { Equivalent } from '../../shared/Equivalent';
import { Block, Text } from '../../shared/Layout';
import classes from './GiveBack.module.css';
import { ImportDialog } from './ImportDialog';
import { projectsQuery } from './queries';
import { UploadDialog } from './UploadDialog';

/** The other way: the file that a backup was made of goes to a platform, as itself or as a new project. */
export function GiveBack({ backup }: { backup: BackupView }) {
  const { data: projects = [] } = useQuery(projectsQuery());
  const [asked, setAsked] = useState<'upload' | 'import' | null>(null);
  const there = projects.filter((project) => project.platform !== null && !project.isArchived);
  const own = there.find((project) => project.id === backup.row.projectId);
  if (there.length === 0) return null;
  // The engine refuses it from a window: what it let in could be any file of this account.
  if (backup.artifact?.isTrusted === false)
    return (
      <>
        <Block as="h3" top={5} bottom={2}>
          Give it to a platform
        </Block>
        <Text tone="soft" size="sm" leading={1.45}>
          Nobody vouches for this file, so this window sends it nowhere: what takes the window over could let
          any file in and send it away. The command line makes a new project of it at a platform.
        </Text>
        <Block top={2} data-testid="give-by-hand">
          <Equivalent
            asked={{
              of: 'platform_import',
              request: {
                project: (own ?? there[0])?.name ?? 'PROJECT',
                backup: backup.row.shortId,
                newName: 'NAME',
              },
            }}
          />
        </Block>
      </>
    );
  const close = () => setAsked(null);
  return (
    <>
      <Block as="h3" top={5} bottom={2}>
        Give it back
      </Block>
      <ul className={classes.acts}>
        {own && (
          <li>
            <Button
              leftSection={<IconCloudUp aria-hidden />}
              onClick={() => setAsked('upload')}
              data-testid="give-upload"
            >
              Upload it again…
            </Button>
            <p>Once its platform deleted it, or it ran out there.</p>
          </li>
        )}
        <li>
          <Button
            leftSection={<IconCloudPlus aria-hidden />}
            onClick={() => setAsked('import')}
            data-testid="give-import"
          >
            New project of it at a platform…
          </Button>
          <p>Under a name of its own; nothing that is there changes.</p>
        </li>
      </ul>
      {asked === 'upload' && own && (
        <UploadDialog backup={backup} project={own} onInstead={() => setAsked('import')} onClose={close} />
      )}
      {asked === 'import' && (
        <ImportDialog backup={backup} projects={there} own={own?.id ?? null} onClose={close} />
      )}
    </>
  );
}
