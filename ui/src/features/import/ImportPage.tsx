import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { InspectionView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { Page, PageHeader } from '../../shared/PageHeader';
import { FileList } from './FileList';
import { FileReport, type Opened } from './FileReport';
import css from './Import.module.css';
import { Looking, LookStopped } from './Looking';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { Passphrase } from './Passphrase';
import { inspectQuery } from './queries';
import { Crumb } from './Crumb';

const KNOWN = [
  ['Dumps', 'of pg_dump in any of its formats, and of the Supabase command line'],
  ['Platforms', 'backups and exports of SupaManager, of organisations of Opttius, and dumps of the others'],
  ['Beside them', 'Redis, logs, and folders of files as one archive'],
  ['Wrapped', 'in gzip, bzip2, xz, zstd, tar, or a passphrase of openssl enc or age, one around the other'],
] as const;

/** Nothing was given yet: what can be. */
function Nothing() {
  return (
    <Page width="read">
      <PageHeader
        title="What is in this file?"
        lead="Drop a backup file anywhere in this window, or open one. Holdfast shows what it is. Nothing is run, nothing is kept until you say so."
      />
      <Block top={6}>
        <OpenFileButton variant="filled">Open a backup file…</OpenFileButton>
      </Block>
      <Block as="h2" top={8} bottom={3}>
        What it knows
      </Block>
      <dl className={css.known}>
        {KNOWN.map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Page>
  );
}

/** Nothing was seen in these, so nothing in them was refused. */
const CLOSED = new Set(['archive_unreadable', 'archive_not_a_file', 'archive_unknown', 'archive_key_needed']);

/** Looks at files, each by itself: one that is refused does not hide the others. */
export function ImportPage({ paths }: { paths: readonly string[] }) {
  return paths.length === 0 ? <Nothing /> : <Files paths={paths} />;
}

function Files({ paths }: { paths: readonly string[] }) {
  const client = useQueryClient();
  const looks = useQueries({ queries: paths.map((each) => inspectQuery(client, each)) });
  /** What a passphrase opened. It lives in this page alone, and goes with it. */
  const [opened, setOpened] = useState<Record<string, Opened>>({});
  const [shown, setShown] = useState(paths[0] ?? '');
  const at = Math.max(0, paths.indexOf(shown));
  const path = paths[at] ?? '';
  const look = looks[at];
  const found = (index: number): InspectionView | undefined =>
    opened[paths[index] ?? '']?.file ?? looks[index]?.data?.[0];
  const file = found(at);
  // A look that was ended leaves no answer and no error, or the engine's word for it.
  const isStopped = (one: (typeof looks)[number] | undefined) =>
    one?.error?.code === 'cancelled' || (one?.isPending === true && one.fetchStatus === 'idle');
  const wasStopped = isStopped(look);
  const asksPassphrase = file?.needsPassphrase === true || look?.error?.code === 'archive_passphrase_needed';
  return (
    <Page>
      {paths.length > 1 && (
        <FileList
          files={paths.map((each, index) => ({
            path: each,
            file: found(index),
            error: looks[index]?.error ?? null,
            isStopped: isStopped(looks[index]),
          }))}
          shown={path}
          onShow={setShown}
        />
      )}
      {look?.isPending && !wasStopped && (
        <Looking
          key={path}
          path={path}
          onCancel={() => void client.cancelQueries({ queryKey: inspectQuery(client, path).queryKey })}
        />
      )}
      {look && wasStopped && <LookStopped key={path} path={path} onAgain={() => void look.refetch()} />}
      {look?.error && !asksPassphrase && !wasStopped && (
        <>
          <PageHeader
            title={CLOSED.has(look.error.code) ? 'This file could not be opened.' : 'This file was refused.'}
            crumbs={<Crumb path={path} />}
            lead="It was only looked at: nothing of it was unpacked, run or kept."
          />
          <Block top={5} max={46}>
            <ErrorPanel error={look.error} onRetry={() => void look.refetch()}>
              <OpenFileButton>Open another file…</OpenFileButton>
            </ErrorPanel>
          </Block>
        </>
      )}
      {asksPassphrase && (
        <Passphrase
          key={path}
          path={path}
          file={file}
          onOpened={(one) => setOpened((known) => ({ ...known, [path]: one }))}
        />
      )}
      {file && !file.needsPassphrase && (
        <FileReport
          key={path}
          opened={opened[path] ?? { file, passphrase: null }}
          others={paths.filter((each) => each !== path)}
        />
      )}
    </Page>
  );
}
