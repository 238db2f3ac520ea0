import { Button } from '@mantine/core';
import {
  IconArchive,
  IconArrowsDiff,
  IconHistory,
  IconRotateClockwise,
  IconSearch,
  IconShieldCheck,
  IconTrash,
} from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type { BackupRow, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { backupsQuery } from '../../shared/backupPages';
import { DataList } from '../../shared/DataList';
import { DeleteBackupDialog } from '../../shared/DeleteBackupDialog';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, count, moment } from '../../shared/format';
import { holdsWords } from '../../shared/Holds';
import { KeepingActs } from '../../shared/keeping';
import { Block, Row, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import list from '../../shared/ListParts.module.css';
import { LoadingLines } from '../../shared/LoadingLines';
import { Segmented } from '../../shared/Segmented';
import { SelectionBar } from '../../shared/SelectionBar';
import { BACKUP_COLUMNS, VAULT_COLUMNS } from './backupColumns';
import { BLANK, dayHeading, siftOf, type Draft } from './backupFilter';
import { BackupFilters, FiltersButton } from './BackupFilters';
import { BackupTotals } from './BackupTotals';
import classes from './BackupsPanel.module.css';
import { CompareBar, useComparing, withTicks } from './Comparing';
import { Fates, useFates } from './Kept';

const KINDS = [
  { value: 'all', label: 'All' },
  { value: 'restored', label: 'Restored' },
  { value: 'by_hand', label: 'By hand' },
  { value: 'held', label: 'Held' },
] as const;

const keyOf = (row: BackupRow) => row.id;
const groupOf = (row: BackupRow) => dayHeading(row.atMs);

/** `/` goes to the filter from anywhere on the page, unless something is being typed. */
function useSlash(field: React.RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [field]);
}

/** A person who types is given this time before the engine is asked. */
const TYPING_MS = 250;

interface BackupsPanelProps {
  /** Absent for the whole vault. */
  project: string | null;
  /** Absent where Holdfast does not make the backups itself. */
  onBackUp: (() => void) | null;
  /** What it has; absent where nothing is said of a first backup. */
  has?: Pick<ProjectRow, 'hasDatabase' | 'platform'>;
}

const DATABASE = { hasDatabase: true, platform: null };

function firstWords({ hasDatabase, platform }: Pick<ProjectRow, 'hasDatabase' | 'platform'>): string {
  if (hasDatabase) return 'The first one reads the whole database; the next ones add only what changed.';
  return platform !== null
    ? 'What its platform has becomes a backup once it is pulled and read back.'
    : 'Import a file, or drop one anywhere in this window.';
}

/** What is asked of the list; a text once it was typed to its end. */
function useDraft() {
  const [draft, setDraft] = useState<Draft>(BLANK);
  const [text] = useDebouncedValue(draft.text, TYPING_MS);
  const sift = useMemo(() => siftOf({ ...draft, text }), [draft, text]);
  const change = useCallback((part: Partial<Draft>) => setDraft((known) => ({ ...known, ...part })), []);
  return { draft, sift, change };
}

/** The backups of a project or of the whole vault, newest first, and what can be done with the selected one. */
export function BackupsPanel({ project, onBackUp, has = DATABASE }: BackupsPanelProps) {
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const { draft, sift, change } = useDraft();
  const [isFiltering, setFiltering] = useState(false);
  const [selected, setSelected] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const comparing = useComparing();
  const pages = useInfiniteQuery({ ...backupsQuery(project, sift), placeholderData: keepPreviousData });
  const verify = useCommand('verify_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  useSlash(field);

  const shown = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.backups), [pages.data]);
  const { fates, error: fatesError } = useFates(pages.data?.pages ?? []);
  const total = pages.data?.pages.at(-1)?.total ?? null;
  const chosen = shown.find((row) => row.id === selected);

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const read = shown.length;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const { picked, toggle } = comparing;
  const selection = useMemo(
    () => ({
      key: selected,
      onSelect: setSelected,
      onOpen: (row: BackupRow) => void navigate({ to: '/backup/$id', params: { id: row.id } }),
      ...(picked === null
        ? {}
        : { onToggle: toggle, onClick: (row: BackupRow) => (setSelected(row.id), toggle(row)) }),
    }),
    [selected, navigate, picked, toggle],
  );
  const own = project === null ? VAULT_COLUMNS : BACKUP_COLUMNS;
  const columns = useMemo(
    () => (picked === null ? own : withTicks(own, picked, toggle)),
    [own, picked, toggle],
  );

  if (pages.isPending) return <LoadingLines what="the backups" />;
  if (pages.error && read === 0)
    return (
      <ErrorPanel
        error={pages.error}
        title="The backups could not be read."
        onRetry={() => void pages.refetch()}
      />
    );
  if (total === 0 && sift === null) {
    return (
      <Block top={6}>
        <EmptyState sentence="No backup yet." detail={firstWords(has)}>
          {onBackUp && (
            <Button variant="filled" onClick={onBackUp}>
              Back up now
            </Button>
          )}
        </EmptyState>
      </Block>
    );
  }

  const foot = isFetchingNextPage
    ? `Reading more, ${count(read)} of ${count(total)} so far`
    : read === 0
      ? 'No backup matches.'
      : undefined;

  return (
    <section aria-labelledby="backups-title">
      <Row gap={[2, 4]} justify="between" wraps top={4} bottom={3}>
        <Row gap={2} align="baseline" oneLine>
          <h2 id="backups-title">Backups</h2>
          <Text as="span" tone="quiet" size="sm" figures>
            {sift === null ? `${count(total)} kept` : `${count(total)} found`}
          </Text>
        </Row>
        <Row gap={2} wraps>
          <span className={classes.search}>
            <IconSearch size={14} stroke={1.75} aria-hidden />
            <input
              ref={field}
              className={list.text}
              type="search"
              value={draft.text}
              onChange={(event) => change({ text: event.currentTarget.value })}
              onKeyDown={(event) => event.key === 'Escape' && change({ text: '' })}
              placeholder="Filter"
              aria-label="Filter by reason, person, schema or id"
              aria-keyshortcuts="/"
            />
            <kbd className={classes.key} aria-hidden>
              /
            </kbd>
          </span>
          <Segmented
            label="Backups to show"
            value={draft.quick}
            options={KINDS}
            onChange={(quick) => change({ quick })}
          />
          <FiltersButton draft={draft} isOpen={isFiltering} onToggle={() => setFiltering(!isFiltering)} />
          {read > 1 && (
            <Button
              size="xs"
              leftSection={<IconArrowsDiff aria-hidden />}
              aria-pressed={picked !== null}
              onClick={picked === null ? comparing.start : comparing.stop}
              data-testid="compare-two"
            >
              {picked === null ? 'Compare two' : 'Stop comparing'}
            </Button>
          )}
        </Row>
      </Row>
      {isFiltering && <BackupFilters draft={draft} onChange={change} />}
      <BackupTotals key={JSON.stringify(sift)} project={project} sift={sift} />
      {pages.error && (
        <ErrorPanel
          error={pages.error}
          title="The list is out of date."
          onRetry={() => void pages.refetch()}
        />
      )}
      {fatesError !== null && (
        <ErrorPanel error={fatesError} title="How long they are kept could not be read." />
      )}
      <Fates.Provider value={fates}>
        <DataList
          label="Backups, newest first"
          columns={columns}
          rows={shown}
          keyOf={keyOf}
          groupOf={groupOf}
          rowRem={3.125}
          selection={selection}
          onEnd={onEnd}
          foot={foot}
        />
      </Fates.Provider>
      {verify.error && <ErrorPanel error={verify.error} title="The verification did not start." />}
      {picked !== null && <CompareBar picked={picked} onStop={comparing.stop} />}
      {chosen && picked === null && (
        <SelectionBar
          subject={moment(chosen.atMs).replace(/^./, (letter) => letter.toUpperCase())}
          detail={
            <>
              {bytes(chosen.sizeBytes)}, <code>{chosen.shortId}</code>,{' '}
              {holdsWords(chosen.components).toLowerCase()}
            </>
          }
        >
          <LinkButton
            variant="filled"
            leftSection={<IconHistory aria-hidden />}
            to="/restore/$backupId"
            params={{ backupId: chosen.id }}
            data-testid="restore-backup"
          >
            Restore…
          </LinkButton>
          <Button
            leftSection={<IconShieldCheck aria-hidden />}
            loading={verify.isPending}
            onClick={() => verify.mutate({ backup: chosen.id, level: 'readable' })}
            data-testid="verify-backup"
          >
            Verify
          </Button>
          {chosen.components.includes('database') && (
            <LinkButton
              leftSection={<IconRotateClockwise aria-hidden />}
              to="/project/$id/drills"
              params={{ id: chosen.projectId }}
              search={{ backup: chosen.id }}
              data-testid="drill-backup"
            >
              Drill…
            </LinkButton>
          )}
          {fates.get(chosen.id) && <KeepingActs kept={fates.get(chosen.id)!} isMenu />}
          <LinkButton
            leftSection={<IconArchive aria-hidden />}
            to="/backup/$id"
            params={{ id: chosen.id }}
            data-testid="open-backup"
          >
            Open
          </LinkButton>
          <Button
            variant="danger"
            leftSection={<IconTrash aria-hidden />}
            onClick={() => setDeleting(chosen.id)}
          >
            Delete…
          </Button>
        </SelectionBar>
      )}
      <DeleteBackupDialog
        backupId={deleting}
        onClose={() => setDeleting(null)}
        onDeleted={() => {
          setDeleting(null);
          setSelected(null);
        }}
      />
    </section>
  );
}
