import { Button } from '@mantine/core';
import { IconArchive, IconEye, IconServer, IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { bytes, elapsed } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Note } from '../../shared/Panel';
import type { Opened } from './FileReport';
import css from './Import.module.css';
import { KeepDialog } from './KeepDialog';
import { Keeping } from './Keeping';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { appStateQuery, projectsQuery } from './queries';
import { folderName, type Intent } from './words';

type Acts = { intent: Intent; words: string; icon: ReactNode; detail: string }[];

/** What can be done with a file. All but keeping it works on what is in the vault, so that comes first, and is said. */
export function WhatNow({ opened, others }: { opened: Opened; others: readonly string[] }) {
  const { file } = opened;
  const vault = useQuery(appStateQuery()).data?.vault ?? null;
  const { data: projects = [] } = useQuery({ ...projectsQuery(), enabled: vault !== null });
  const [asked, setAsked] = useState<Intent | null>(null);
  const [kept, setKept] = useState<{ jobId: string; intent: Intent } | null>(null);
  const owner = projects.find((project) => project.id === file.belongsTo?.projectId);
  const folder = folderName(file.paths[0] ?? '');
  const size = bytes(file.sizeBytes);
  const lasts = owner?.restoreMs ?? null;
  const first = file.backupId === null ? `Keeps it first, ${size}. ` : '';

  if (kept) return <Keeping {...kept} onAgain={() => setKept(null)} />;
  if (vault === null)
    return (
      <>
        <h2>What now?</h2>
        <p className={css.why}>
          To keep it, to look inside or to drill it, it needs a vault. There is none yet.
        </p>
        <LinkButton to="/welcome" variant="filled">
          Make a vault
        </LinkButton>
      </>
    );
  if (!file.canKeep)
    return (
      <>
        <h2>What now?</h2>
        <Note state="warn" title="It cannot be kept.">
          <p>
            {file.parts.some((part) => part.checksum === 'mismatch')
              ? 'A part of it differs from its own checksum. Get the file once more from where it came.'
              : 'Holdfast does not know how to bring it back, so it does not call it a backup.'}
          </p>
        </Note>
        <Row gap={2} align="stretch" wraps top={4}>
          <OpenFileButton>Open another file…</OpenFileButton>
        </Row>
      </>
    );

  const inside: Acts = file.hasDatabase
    ? [
        {
          intent: 'look',
          words: 'Open in a private Postgres',
          icon: <IconEye aria-hidden />,
          detail: `${first}Restores it on this computer, for SQL; rows alone are shown by a click on a table. Remove it in the settings when you are done.`,
        },
        {
          intent: 'drill',
          words: 'Drill it',
          icon: <IconShieldCheck aria-hidden />,
          detail: `${first}Restores, checks, and gives a verdict.${lasts === null ? '' : ` The last restore of ${owner?.name ?? ''} took ${elapsed(lasts)}.`}`,
        },
        {
          intent: 'new',
          words: 'Restore as a new project…',
          icon: <IconServer aria-hidden />,
          detail: `${first}Plans first. Nothing existing is touched.`,
        },
      ]
    : [];
  const tight = vault.freeBytes !== null && file.unpackedBytes > vault.freeBytes;
  return (
    <>
      <h2>What now?</h2>
      <ul className={css.acts}>
        <li>
          {file.backupId === null ? (
            <>
              <Button
                fullWidth
                variant="filled"
                leftSection={<IconArchive aria-hidden />}
                onClick={() => setAsked('keep')}
                data-testid="keep-file"
              >
                Keep it in the vault
              </Button>
              <p>
                Copies {size}
                {folder === null ? '' : ` from ${folder}`} to “{vault.name}”
                {file.belongsTo ? `, as a backup of ${file.belongsTo.project}` : ''}, and reads it back.
              </p>
            </>
          ) : (
            <>
              <LinkButton
                fullWidth
                variant="filled"
                leftSection={<IconArchive aria-hidden />}
                to="/backup/$id"
                params={{ id: file.backupId }}
                data-testid="open-kept"
              >
                Open the backup
              </LinkButton>
              <p>This very file is in “{vault.name}” already.</p>
            </>
          )}
        </li>
        {inside.map(({ intent, words, icon, detail }) => (
          <li key={intent}>
            {file.backupId === null ? (
              <Button
                fullWidth
                leftSection={icon}
                onClick={() => setAsked(intent)}
                data-testid={`file-${intent}`}
              >
                {words}
              </Button>
            ) : (
              <NextButton
                intent={intent}
                backupId={file.backupId}
                project={owner?.id ?? null}
                icon={icon}
                words={words}
              />
            )}
            <p>{detail}</p>
          </li>
        ))}
      </ul>
      {!file.hasDatabase && (
        <p className={css.why}>
          There is no database in it, so there is nothing to restore or to drill; its files can be kept.
        </p>
      )}
      {tight && (
        <Text top={4} bottom={4} tone="warn" size="xs" leading={1.45}>
          Unpacked it has {bytes(file.unpackedBytes)}, and “{vault.name}” has {bytes(vault.freeBytes)} free.
        </Text>
      )}
      {file.belongsTo && (
        <p className={css.why}>
          Seems to belong to{' '}
          <Link to="/project/$id" params={{ id: file.belongsTo.projectId }}>
            {file.belongsTo.project}
          </Link>
          : {file.belongsTo.why}.
        </p>
      )}
      {asked !== null && (
        <KeepDialog
          opened={opened}
          others={others}
          projects={projects}
          intent={asked}
          onClose={() => setAsked(null)}
          onStarted={(jobId) => {
            setAsked(null);
            setKept({ jobId, intent: asked });
          }}
        />
      )}
    </>
  );
}

type NextProps = {
  intent: Intent;
  backupId: string;
  project: string | null;
  icon?: ReactNode;
  words: string;
  isMain?: boolean;
};

/** Goes on with a backup that is in the vault. */
export function NextButton({ intent, backupId, project, icon, words, isMain = false }: NextProps) {
  const look = {
    fullWidth: !isMain,
    leftSection: icon,
    variant: isMain ? 'filled' : 'default',
    'data-testid': `next-${intent}`,
  } as const;
  if (intent === 'drill' && project !== null)
    return (
      <LinkButton {...look} to="/project/$id/drills" params={{ id: project }} search={{ backup: backupId }}>
        {words}
      </LinkButton>
    );
  if (intent === 'look' || intent === 'new')
    return (
      <LinkButton
        {...look}
        to="/restore/$backupId"
        params={{ backupId }}
        search={{ into: intent === 'look' ? 'scratch' : 'new' }}
      >
        {words}
      </LinkButton>
    );
  return (
    <LinkButton {...look} to="/backup/$id" params={{ id: backupId }}>
      {words}
    </LinkButton>
  );
}
