import { IconArrowsLeftRight, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';

import type { BackupDiffView } from '../../ipc/bindings';
import { Equivalent } from '../../shared/Equivalent';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';
import classes from './ComparePage.module.css';
import { DiffCounts } from './DiffCounts';
import { DiffObjects } from './DiffObjects';
import { DiffSides } from './DiffSides';
import { DiffTables } from './DiffTables';
import { diffQuery } from './queries';
import { sidesOf, type SidedDiff } from './sides';
import { sentenceOf } from './words';

function Header({ diff }: { diff: SidedDiff }) {
  const { left, right, isBackwards } = diff;
  return (
    <PageHeader
      title={sentenceOf(diff)}
      crumbs={
        <>
          <Link to="/project/$id" params={{ id: right.projectId }}>
            {right.project}
          </Link>
          <IconChevronRight size={14} stroke={1.75} aria-hidden />
          <span>Backups</span>
          <IconChevronRight size={14} stroke={1.75} aria-hidden />
          <span>Compare</span>
        </>
      }
      lead={
        <>
          From {left.project} as it was <Moment ms={left.atMs} /> to{' '}
          {left.project === right.project ? '' : `${right.project} as it was `}
          <Moment ms={right.atMs} />
          {isBackwards ? ', backwards in time' : ''}.
        </>
      }
    >
      <LinkButton
        to="/compare/$left/$right"
        params={{ left: right.id, right: left.id }}
        replace
        leftSection={<IconArrowsLeftRight aria-hidden />}
        data-testid="swap-sides"
      >
        Swap the sides
      </LinkButton>
    </PageHeader>
  );
}

function Same({ tables }: { tables: number }) {
  return (
    <Note state="ok" title="Nothing differs." testId="diff-same">
      Rows and fingerprints of {tables === 1 ? 'the one table' : `all ${counted(tables, 'table')}`} are equal,
      and so are structure, sequences, large objects and roles.
    </Note>
  );
}

function NotCompared({ of }: { of: readonly string[] }) {
  return (
    <Note
      state="inconclusive"
      title={
        of.length === 1 ? 'One thing could not be compared.' : `${of.length} things could not be compared.`
      }
      testId="diff-not-compared"
    >
      {of.map((one, at) => (
        <p key={at}>
          <Words text={one} />
        </p>
      ))}
    </Note>
  );
}

function Loaded({ answer, left }: { answer: BackupDiffView; left: string }) {
  const diff = useMemo(() => sidesOf(answer, left), [answer, left]);
  return (
    <Page>
      <Header diff={diff} />
      <DiffCounts diff={diff} />
      {diff.verdict === 'same' && <Same tables={diff.tables.length} />}
      {diff.notCompared.length > 0 && <NotCompared of={diff.notCompared} />}
      <DiffSides diff={diff} />
      <DiffTables tables={diff.tables} />
      <DiffObjects objects={diff.objects} />
      {diff.facts.length > 0 && (
        <Section title="Also not the same">
          <ul className={classes.facts}>
            {diff.facts.map((fact, at) => (
              <li key={at}>
                <Words text={fact} />
              </li>
            ))}
          </ul>
          {diff.isBackwards && (
            <Text top={2} tone="quiet" size="xs">
              These sentences are in the order of time.
            </Text>
          )}
        </Section>
      )}
      <Section title="The same on the command line">
        <Equivalent
          asked={{ of: 'backup_diff', request: { one: answer.first.shortId, other: answer.second.shortId } }}
        />
      </Section>
    </Page>
  );
}

/** Two backups side by side: what came, what went, what changed, and what could not be compared. */
export function ComparePage({ left, right }: { left: string; right: string }) {
  const isOne = left === right;
  const { data, error, refetch } = useQuery({ ...diffQuery(left, right), enabled: !isOne });
  if (data) return <Loaded answer={data} left={left} />;
  return (
    <Page>
      {isOne ? (
        <EmptyState
          sentence="Both sides are the same backup."
          detail="Choose two in the list of a project, then “Compare”."
        >
          <LinkButton variant="filled" to="/backup/$id" params={{ id: left }}>
            Open the backup
          </LinkButton>
        </EmptyState>
      ) : error ? (
        <ErrorPanel
          error={error}
          title="These backups could not be compared."
          onRetry={() => void refetch()}
        />
      ) : (
        <LoadingLines what="both backups" />
      )}
    </Page>
  );
}
