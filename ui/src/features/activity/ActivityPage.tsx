import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import type { JobRow } from '../../ipc/bindings';
import { DataList } from '../../shared/DataList';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { percent } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Segmented } from '../../shared/Segmented';
import { StateIcon, stateOfJob } from '../../shared/StateIcon';
import { LinkButton } from '../../shared/LinkButton';
import { ProgressBar } from '../../shared/ProgressBar';
import classes from './ActivityPage.module.css';
import { runsQuery } from './queries';
import { RUN_COLUMNS } from './runColumns';
import { belongs, dayHeading, heroSentence, isLive, type Shown } from './words';

const KINDS = [
  { value: 'all', label: 'All' },
  { value: 'trouble', label: 'Need a look' },
  { value: 'done', label: 'Done' },
] as const;

const keyOf = (row: JobRow) => row.id;
const groupOf = (row: JobRow) => dayHeading(row.startedAtMs ?? row.createdAtMs);

function Live({ row }: { row: JobRow }) {
  const isQueued = row.state === 'queued';
  return (
    <Link to="/run/$id" params={{ id: row.id }} className={classes.live} data-testid="live-run">
      <StateIcon state={stateOfJob(row.state)} size={20} percent={row.percent} />
      <span>
        <Text as="span" block weight="strong" clip oneLine>
          {row.title}
        </Text>
        <span className={classes.sub}>
          {isQueued ? 'waits for another run to end' : (row.phase ?? 'running')} · {row.trigger}
          {!row.isMine && ', in another process'}
        </span>
      </span>
      <ProgressBar label={row.title} percent={row.percent} glides />
      <Text as="span" weight="medium" right figures>
        {isQueued ? 'waits' : percent(row.percent ?? 0)}
      </Text>
    </Link>
  );
}

function Ended({ rows }: { rows: readonly JobRow[] }) {
  const navigate = useNavigate();
  const [shown, setShown] = useState<Shown>('all');
  const [selected, setSelected] = useState<string | null>(null);
  const sifted = useMemo(() => rows.filter((row) => belongs(row, shown)), [rows, shown]);
  const open = (id: string) => void navigate({ to: '/run/$id', params: { id } });

  return (
    <Section
      title="Ended"
      aside={<Segmented label="Runs to show" value={shown} options={KINDS} onChange={setShown} />}
    >
      <DataList
        label="Runs that ended, newest first"
        columns={RUN_COLUMNS}
        rows={sifted}
        keyOf={keyOf}
        groupOf={groupOf}
        rowRem={3.125}
        // Arrows only move through the list; a click has nothing else to do than to open the run.
        selection={{
          key: selected,
          onSelect: setSelected,
          onOpen: (row) => open(row.id),
          onClick: (row) => open(row.id),
        }}
        foot={sifted.length === 0 ? 'No run of this kind.' : undefined}
      />
    </Section>
  );
}

/** Every run: what goes on now, and what came of the others. */
export function ActivityPage() {
  const { data, error, refetch } = useQuery(runsQuery());
  if (error && !data) {
    return (
      <Page>
        <ErrorPanel error={error} title="The runs could not be read." onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (!data) {
    return (
      <Page>
        <LoadingLines what="the runs" />
      </Page>
    );
  }

  const live = data.filter(isLive);
  const ended = data.filter((row) => !isLive(row));
  return (
    <Page>
      <PageHeader
        title={heroSentence(data)}
        lead="Every run with its phases and its whole log. A failure stays until someone has read it."
      />
      {live.length > 0 && (
        <section className={classes.running} aria-label="Running now">
          {live.map((row) => (
            <Live key={row.id} row={row} />
          ))}
        </section>
      )}
      {data.length === 0 ? (
        <Section title="Runs">
          <EmptyState
            sentence="No run yet."
            detail="Backups, restores and verifications appear here as they begin."
          >
            <LinkButton to="/">See the projects</LinkButton>
          </EmptyState>
        </Section>
      ) : (
        ended.length > 0 && <Ended rows={ended} />
      )}
    </Page>
  );
}
