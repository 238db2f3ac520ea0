import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';

import type { AuditEntryView, AuditVerdict } from '../../ipc/bindings';
import { DataList } from '../../shared/DataList';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted } from '../../shared/format';
import { Block, Row } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Segmented } from '../../shared/Segmented';
import { AUDIT_COLUMNS } from './auditColumns';
import classes from './AuditPage.module.css';
import { ChainActs, ChainOutcome, useChain } from './ChainActs';
import { EntryDialog } from './EntryDialog';
import { auditQuery } from './queries';
import { dayHeading, NOUNS, sinceOf, SPANS, type Span } from './words';

/** A person who types is given this time before the log is asked. */
const TYPING_MS = 250;

const keyOf = (entry: AuditEntryView) => String(entry.seq);
const groupOf = (entry: AuditEntryView) => dayHeading(entry.atMs);

interface FiltersProps {
  noun: string;
  onNoun: (noun: string) => void;
  span: Span;
  onSpan: (span: Span) => void;
  text: string;
  onText: (text: string) => void;
}

function Filters({ noun, onNoun, span, onSpan, text, onText }: FiltersProps) {
  return (
    <Row gap={2} justify="end" wraps>
      <span className={classes.search}>
        <IconSearch size={14} stroke={1.75} aria-hidden />
        <input
          className={list.text}
          type="search"
          placeholder="Person, project, id, server"
          aria-label="Only entries with this text"
          value={text}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && onText('')}
          data-testid="audit-text"
        />
      </span>
      <Select
        className={classes.noun}
        classNames={{ input: classes.nounField }}
        aria-label="Acts to show"
        data={NOUNS.map(({ value, label }) => ({ value, label }))}
        value={noun}
        onChange={(value) => onNoun(value ?? '')}
        allowDeselect={false}
      />
      <Segmented label="Time to show" value={span} options={SPANS} onChange={onSpan} />
    </Row>
  );
}

/** The answer of the page, once the chain was verified. */
function titleOf(verdict: AuditVerdict | undefined): string {
  if (verdict === undefined) return 'Who did what.';
  return verdict.isWhole ? 'The record is whole.' : 'The record is broken.';
}

/** Who did what: the audit log, its verification and its export. */
export function AuditPage() {
  const [noun, setNoun] = useState('');
  const [span, setSpan] = useState<Span>('all');
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), TYPING_MS);
  const [selected, setSelected] = useState<string | null>(null);
  const [open, setOpen] = useState<AuditEntryView | null>(null);
  const chain = useChain();
  const sinceMs = sinceOf(span);
  const pages = useInfiniteQuery(auditQuery({ act: noun, text: asked, sinceMs, untilMs: null }));

  const entries = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.entries), [pages.data]);
  const total = pages.data?.pages.at(-1)?.total ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const selection = useMemo(() => {
    const onClick = (entry: AuditEntryView) => {
      setSelected(keyOf(entry));
      setOpen(entry);
    };
    return { key: selected, onSelect: setSelected, onOpen: setOpen, onClick };
  }, [selected]);

  const isSifted = noun !== '' || span !== 'all' || asked !== '';
  const foot = isFetchingNextPage
    ? `Reading more, ${count(entries.length)} of ${count(total)} so far`
    : entries.length === 0
      ? 'No entry matches.'
      : undefined;
  const insteadOfList = () => {
    if (pages.isPending) return <LoadingLines what="the audit log" />;
    if (pages.error && entries.length === 0)
      return (
        <ErrorPanel
          error={pages.error}
          title="The audit log could not be read."
          onRetry={() => void pages.refetch()}
        />
      );
    if (total === 0 && !isSifted) {
      return (
        <EmptyState
          sentence="Nothing is recorded yet."
          detail="The first act of this profile begins the log: a vault, a project, a setting."
        />
      );
    }
    return null;
  };
  const instead = insteadOfList();

  return (
    <Page>
      <PageHeader
        title={titleOf(chain.verify.data)}
        lead="Every plan, confirmation, backup, restore, deletion and use of the key, each entry bound to the one before it. An entry that is changed or taken away is found."
      >
        <ChainActs {...chain} />
      </PageHeader>
      <ChainOutcome {...chain} />
      {instead ? (
        <Block top={6}>{instead}</Block>
      ) : (
        <Section
          title={`${counted(total, 'entry', 'entries')}${isSifted ? ' found' : ''}`}
          aside={
            <Filters noun={noun} onNoun={setNoun} span={span} onSpan={setSpan} text={text} onText={setText} />
          }
        >
          {pages.error && (
            <ErrorPanel
              error={pages.error}
              title="The list is out of date."
              onRetry={() => void pages.refetch()}
            />
          )}
          <DataList
            label="Entries of the audit log, newest first"
            columns={AUDIT_COLUMNS}
            rows={entries}
            keyOf={keyOf}
            groupOf={groupOf}
            rowRem={3.125}
            selection={selection}
            onEnd={onEnd}
            foot={foot}
          />
        </Section>
      )}
      <EntryDialog entry={open} onClose={() => setOpen(null)} />
    </Page>
  );
}
