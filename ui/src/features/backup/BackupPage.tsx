import { Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconArrowsDiff,
  IconChevronDown,
  IconChevronRight,
  IconFileExport,
  IconHistory,
  IconShieldCheck,
  IconTrash,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';

import type { BackupView, LevelView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Holds, holdsDatabase } from '../../shared/Holds';
import { CommandLine } from '../../shared/CommandLine';
import { DeleteBackupDialog } from '../../shared/DeleteBackupDialog';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted, elapsed } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, WithAside } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';
import { ChangesSince } from './ChangesSince';
import { ExportDialog } from './ExportDialog';
import { GiveBack } from './GiveBack';
import { HeldTable } from './HeldTable';
import { KeptPanel } from './KeptPanel';
import { ArtifactPanel, GivenPanel } from './ArtifactPanel';
import { NotTakenPanel } from './NotTakenPanel';
import { PartsTable } from './PartsTable';
import { ProofLedger } from './ProofLedger';
import { backupQuery } from './queries';
import { RecognisedPanel } from './RecognisedPanel';
import { RollingCheck } from './RollingCheck';
import { TablesPanel } from './TablesPanel';
import { Worth } from './Worth';
import { heroSentence } from './words';

function Crumbs({ row }: { row: BackupView['row'] }) {
  return (
    <>
      <Link to="/project/$id" params={{ id: row.projectId }}>
        {row.project}
      </Link>
      <IconChevronRight size={14} stroke={1.75} aria-hidden />
      <span>Backups</span>
      <IconChevronRight size={14} stroke={1.75} aria-hidden />
      <code>{row.shortId}</code>
    </>
  );
}

interface ActsProps {
  backup: BackupView;
  /** Without a database there is nothing to restore or to drill. */
  hasDatabase: boolean;
  onVerify: (level: LevelView) => void;
  isStarting: boolean;
  /** The part whose export is open from the beginning. */
  first: string | undefined;
}

function Acts({ backup, hasDatabase, onVerify, isStarting, first }: ActsProps) {
  const { row } = backup;
  const navigate = useNavigate();
  const [isDeleting, { open, close }] = useDisclosure(false);
  const [isExporting, exporting] = useDisclosure(first !== undefined);

  return (
    <>
      <Button
        variant="danger"
        leftSection={<IconTrash aria-hidden />}
        onClick={open}
        data-testid="delete-backup"
      >
        Delete…
      </Button>
      <Button
        leftSection={<IconFileExport aria-hidden />}
        onClick={exporting.open}
        data-testid="export-backup"
      >
        Export…
      </Button>
      <Menu>
        <Menu.Target>
          <Button
            leftSection={<IconShieldCheck aria-hidden />}
            rightSection={<IconChevronDown aria-hidden />}
            loading={isStarting}
            data-testid="verify-backup"
          >
            Verify
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {hasDatabase && (
            <Menu.Item onClick={() => onVerify('restored')} data-testid="verify-restored">
              That it comes back, by a drill
            </Menu.Item>
          )}
          <Menu.Item onClick={() => onVerify('readable')} data-testid="verify-readable">
            That it is readable
          </Menu.Item>
          <Menu.Item onClick={() => onVerify('bytes')} data-testid="verify-bytes">
            Only its bytes
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <LinkButton
        variant="filled"
        leftSection={<IconHistory aria-hidden />}
        to="/restore/$backupId"
        params={{ backupId: row.id }}
        data-testid="restore-backup"
      >
        Restore…
      </LinkButton>
      <ExportDialog backup={backup} isOpen={isExporting} onClose={exporting.close} first={first} />
      <DeleteBackupDialog
        backupId={isDeleting ? row.id : null}
        onClose={close}
        onDeleted={() => {
          close();
          void navigate({ to: '/project/$id', params: { id: row.projectId } });
        }}
      />
    </>
  );
}

function Facts({ backup }: { backup: BackupView }) {
  const { row } = backup;
  const hasDatabase = holdsDatabase(backup);
  const took =
    backup.finishedAtMs === null || backup.startedAtMs === null
      ? null
      : backup.finishedAtMs - backup.startedAtMs;
  return (
    <KeyValue
      rows={[
        { name: 'Holds', value: <Holds components={row.components} /> },
        ...(backup.typeWords === null
          ? []
          : [
              {
                name: 'Type',
                value: backup.typeWords.charAt(0).toUpperCase() + backup.typeWords.slice(1),
                note: 'a restore point of its own',
              },
            ]),
        {
          name: 'Why',
          value: row.reason ?? 'no reason given',
          note: [row.trigger, row.who].filter(Boolean).join(', '),
        },
        {
          name: 'Moment',
          value: <Moment ms={row.atMs} />,
          note: backup.lsn ? <code>LSN {backup.lsn}</code> : undefined,
        },
        {
          name: 'From',
          value: <Words text={backup.origin} />,
          note: backup.serverVersion === null ? undefined : `Postgres ${backup.serverVersion}`,
        },
        ...(backup.toolVersion === null
          ? [
              {
                name: 'Taken in',
                value: took === null ? 'by an import' : `in ${elapsed(took)}`,
                note: hasDatabase ? 'what dumped it is not said' : undefined,
              },
            ]
          : [
              {
                name: 'Dumped by',
                value: backup.toolVersion,
                note: took === null ? undefined : `took ${elapsed(took)}`,
              },
            ]),
        ...(hasDatabase
          ? [
              {
                name: 'Schema',
                value: row.migration ? (
                  <>
                    migration <code>{row.migration}</code>
                  </>
                ) : (
                  'no migrations found'
                ),
              },
            ]
          : []),
        {
          name: 'Adds',
          value: bytes(row.addedBytes),
          note: `of ${bytes(row.sizeBytes)}; the rest was already there`,
        },
        ...(hasDatabase
          ? [
              {
                name: 'Extensions',
                value: backup.extensions.length === 0 ? 'none' : backup.extensions.join(', '),
              },
            ]
          : []),
      ]}
    />
  );
}

function Loaded({ backup, first }: { backup: BackupView; first: string | undefined }) {
  const { row } = backup;
  const hasDatabase = holdsDatabase(backup);
  const navigate = useNavigate();
  const verify = useCommand('verify_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  return (
    <Page>
      <PageHeader
        title={heroSentence(backup)}
        crumbs={<Crumbs row={row} />}
        lead={
          <>
            {row.project} as it was <Moment ms={row.atMs} />
            {row.reason ? `: ${row.reason}` : ''}
            {row.isNewestVerified &&
              '. It is the newest verified backup of the project, so it cannot be deleted'}
            .
          </>
        }
      >
        <Acts
          backup={backup}
          hasDatabase={hasDatabase}
          onVerify={(level) => verify.mutate({ backup: row.id, level })}
          isStarting={verify.isPending}
          first={first}
        />
      </PageHeader>
      {verify.error && (
        <Block top={5}>
          <ErrorPanel error={verify.error} title="The verification did not start." />
        </Block>
      )}
      <Worth row={row} />
      {!hasDatabase && (
        <Block top={5}>
          <Note state="plain" title="There is no database in this backup." testId="no-database">
            So it cannot be restored into a server, nor drilled. What it holds comes back by <i>Restore…</i>,
            and each file can be verified.
          </Note>
        </Block>
      )}
      {backup.warnings.length > 0 && (
        <Block top={5}>
          <Note state="warn" title={`The run had ${counted(backup.warnings.length, 'warning')}.`}>
            {backup.warnings.map((warning, at) => (
              <p key={at}>{warning}</p>
            ))}
          </Note>
        </Block>
      )}
      <WithAside width={17.5} gap={10} head={2.5} top={7}>
        <section>
          <h2>Proof</h2>
          <ProofLedger proofs={backup.proofs} />
          <RollingCheck backup={row.id} />
          {backup.parts.length > 0 && (
            <Section title="Parts">
              <PartsTable parts={backup.parts} />
            </Section>
          )}
          {backup.components.length > 0 && <HeldTable backup={backup} />}
          {hasDatabase && !row.components.includes('artifact') && <ChangesSince row={row} />}
          {backup.artifact &&
            (backup.row.components.includes('artifact') ? (
              <ArtifactPanel artifact={backup.artifact}>
                <GiveBack backup={backup} />
              </ArtifactPanel>
            ) : (
              <GivenPanel artifact={backup.artifact} isBeside={hasDatabase} />
            ))}
        </section>
        <aside>
          <h2>This backup</h2>
          <Facts backup={backup} />
          {backup.previousId !== null && (
            <Block top={4}>
              <LinkButton
                leftSection={<IconArrowsDiff aria-hidden />}
                to="/compare/$left/$right"
                params={{ left: backup.previousId, right: row.id }}
                data-testid="compare-before"
              >
                Compare with the one before
              </LinkButton>
            </Block>
          )}
          {backup.recognised && <RecognisedPanel recognised={backup.recognised} />}
          <Section title="Kept">
            <KeptPanel backup={row.id} />
          </Section>
        </aside>
      </WithAside>
      {hasDatabase && (
        <>
          {backup.notTaken && <NotTakenPanel notTaken={backup.notTaken} />}
          <TablesPanel tables={backup.tableList} backup={backup.row.id} />
          <Section title="Restore it from the command line">
            <CommandLine command={backup.restoreCommand} />
          </Section>
        </>
      )}
    </Page>
  );
}

/** One backup: how far it is proven, what it holds, where it came from. With a part, its export is open. */
export function BackupPage({ id, part }: { id: string; part?: string | undefined }) {
  const { data, error, refetch } = useQuery(backupQuery(id));
  if (data) return <Loaded backup={data} first={part} />;
  return (
    <Page>
      {error ? (
        <ErrorPanel error={error} title="This backup could not be read." onRetry={() => void refetch()} />
      ) : (
        <LoadingLines what="this backup" />
      )}
    </Page>
  );
}
