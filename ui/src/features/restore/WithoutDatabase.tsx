import {
  IconBucket,
  IconCloudUp,
  IconDatabase,
  IconFile,
  IconFileExport,
  IconSettings,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { BackupView, TreeView } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';
import { bytes, counted, moment } from '../../shared/format';
import { Holds } from '../../shared/Holds';
import { Block } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { projectsQuery } from './queries';
import classes from './WithoutDatabase.module.css';

const NAMES: Record<string, string> = {
  storage: 'Its files',
  config: 'Its configuration',
  redis: 'Its Redis',
  logs: 'Its logs',
  other: 'Its other files',
};

interface WayProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  act: ReactNode;
}

function Way({ icon, title, children, act }: WayProps) {
  return (
    <li className={classes.way}>
      <span className={classes.icon}>{icon}</span>
      <div>
        <h3>{title}</h3>
        <p>{children}</p>
      </div>
      <span className={classes.act}>{act}</span>
    </li>
  );
}

/** A folder of the backup leaves as one file that unpacks into a folder. */
function TreeWay({ backup, tree }: { backup: string; tree: TreeView }) {
  return (
    <Way
      icon={
        tree.component === 'config' ? (
          <IconSettings size={20} stroke={1.75} aria-hidden />
        ) : (
          <IconBucket size={20} stroke={1.75} aria-hidden />
        )
      }
      title={`${NAMES[tree.component] ?? NAMES['other']}, to a folder of yours`}
      act={
        <LinkButton
          variant="filled"
          to="/backup/$id"
          params={{ id: backup }}
          search={{ export: tree.path }}
          leftSection={<IconFileExport aria-hidden />}
          data-testid={`save-${tree.component}`}
        >
          Save…
        </LinkButton>
      }
    >
      {counted(tree.files, 'file')}, {bytes(tree.sizeBytes)}, each held against its checksum. They are written
      as one tar, which any program unpacks; encrypted if you want.
    </Way>
  );
}

/** Restoring at the platform that still has what this backup was pulled from, where it can. */
function AtPlatform({ backup }: { backup: BackupView }) {
  const { row, artifact } = backup;
  const project = useQuery(projectsQuery()).data?.find(({ id }) => id === row.projectId);
  const isThere =
    project !== undefined &&
    project.platform !== null &&
    !project.isArchived &&
    artifact !== null &&
    artifact.remoteId !== null;
  const platform = useQuery({
    ...commandQuery('platform_show', { project: row.projectId }),
    enabled: isThere,
  }).data;
  const ability = platform?.abilities.find(({ act }) => act === 'restore');
  const own = platform?.backups.find(({ backupId, id }) => backupId === row.id || id === artifact?.remoteId);
  if (!isThere || !platform || !ability?.can) return null;
  return (
    <Way
      icon={<IconCloudUp size={20} stroke={1.75} aria-hidden />}
      title={`At ${platform.platform}`}
      act={
        own ? (
          <LinkButton to="/project/$id" params={{ id: row.projectId }} data-testid="restore-at-platform">
            Restore there…
          </LinkButton>
        ) : (
          <LinkButton to="/backup/$id" params={{ id: row.id }} data-testid="give-it-back">
            Give it back first…
          </LinkButton>
        )
      }
    >
      {own
        ? 'The platform still has this backup, and puts its parts back where they were. A plan is shown first.'
        : 'The platform does not have this backup any more. Give it back, then restore it there.'}
    </Way>
  );
}

/** What a backup without a database can bring back: each thing that it holds, and the way for it. */
export function WithoutDatabase({ backup }: { backup: BackupView }) {
  const { row, trees, artifact, parts } = backup;
  const project = useQuery(projectsQuery()).data?.find(({ id }) => id === row.projectId);
  const newest = project?.recoveryPoint;
  const files = parts.filter(({ component }) => component === 'artifact');
  return (
    <Page width="read">
      <PageHeader
        title="There is no database in this backup."
        lead={
          <>
            {row.project} as it was {moment(row.atMs)}. This is what it holds, and how each comes back.
          </>
        }
      />
      <Holds components={row.components} />
      <Section title="What comes back">
        <Block as="ul" ruled="over" data-testid="ways">
          {trees.map((tree) => (
            <TreeWay key={tree.path} backup={row.id} tree={tree} />
          ))}
          <AtPlatform backup={backup} />
          {artifact !== null &&
            files.map((file) => (
              <Way
                key={file.path}
                icon={<IconFile size={20} stroke={1.75} aria-hidden />}
                title="The file that it came as"
                act={
                  <LinkButton
                    to="/backup/$id"
                    params={{ id: row.id }}
                    search={{ export: file.path }}
                    leftSection={<IconFileExport aria-hidden />}
                    data-testid="save-artifact"
                  >
                    Save…
                  </LinkButton>
                }
              >
                {bytes(file.sizeBytes)}, byte for byte as it was pulled or imported.
              </Way>
            ))}
          {newest && newest.backupId !== row.id && (
            <Way
              icon={<IconDatabase size={20} stroke={1.75} aria-hidden />}
              title="The database, from another backup"
              act={
                <LinkButton
                  to="/restore/$backupId"
                  params={{ backupId: newest.backupId }}
                  data-testid="restore-newest"
                >
                  Restore…
                </LinkButton>
              }
            >
              The newest verified one of {row.project} is of {moment(newest.atMs)}.
            </Way>
          )}
        </Block>
      </Section>
      <Section title="All of it">
        <LinkButton to="/backup/$id" params={{ id: row.id }}>
          See the backup
        </LinkButton>
      </Section>
    </Page>
  );
}
