import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';

import type { AskDrill, DrillPlanView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { DrillPlace, HERE, lackOfPlace, trimmed, type Place } from '../../shared/DrillPlace';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted, elapsed } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { Remedied } from '../../shared/Remedied';
import { Segmented } from '../../shared/Segmented';
import { wallRow } from '../../shared/Wall';
import { Words } from '../../shared/Words';
import { drillPlanQuery } from './queries';
import classes from './StartDrill.module.css';

const DEPTHS = [
  { value: 'full', label: 'Everything' },
  { value: 'data', label: 'Data and keys' },
  { value: 'sample', label: 'A sample' },
] as const;
type Depth = (typeof DEPTHS)[number]['value'];

/** Each look at an image runs a program: not at every letter. */
const TYPING_MS = 400;

const MEANING: Record<Depth, string> = {
  full: 'All of the backup comes back, with what is beside the database. A pass counts as proof.',
  data: 'Rows, primary, unique and foreign keys; no other indexes, triggers or policies. Faster, and no proof.',
  sample: 'The rows of the tables that you name. For every day, and no proof.',
};

function extensionWords({ extensions }: DrillPlanView): string {
  if (extensions.length === 0) return 'none needed';
  return extensions
    .map(
      (one) =>
        `${one.name}${one.isThere === false ? ' (missing)' : one.isThere === null ? ' (shown once it runs)' : ''}`,
    )
    .join(', ');
}

/** The server that a database comes back into. */
const ofServer = (plan: DrillPlanView) => [
  { name: 'Postgres', value: `${plan.server} for the drill, ${plan.originalServer} at the source` },
  { name: 'Extensions', value: extensionWords(plan) },
  {
    name: 'Assertions',
    value: plan.assertions === 0 ? 'none' : `${counted(plan.assertions, 'query', 'queries')} of your own`,
  },
];

/** What was looked at before anything is made. */
function Preflight({ plan }: { plan: DrillPlanView }) {
  const free = plan.freeBytes === null ? 'how much is free is not known' : `${bytes(plan.freeBytes)} free`;
  return (
    <div data-testid="drill-preflight">
      <KeyValue
        rows={[
          {
            name: 'Backup',
            value: <Moment ms={plan.atMs} />,
            note: <code>{plan.backupId.slice(0, 8)}</code>,
          },
          { name: 'Into', value: plan.place },
          ...wallRow(plan.wall),
          { name: 'Space', value: `about ${bytes(plan.neededBytes)}`, note: free },
          ...(plan.server === '' ? [] : ofServer(plan)),
          { name: 'Goal', value: plan.goalMs === null ? 'not set' : `back within ${elapsed(plan.goalMs)}` },
        ]}
      />
      {plan.warnings.map((warning, at) => (
        <Text top={2} tone="soft" size="sm" key={at}>
          <Words text={warning} />
        </Text>
      ))}
      {plan.obstacles.length > 0 && (
        <Note state="inconclusive" title="Nothing could be shown like this.">
          <Remedied sentences={plan.obstacles} remedies={plan.remedies} />
        </Note>
      )}
    </div>
  );
}

interface StartDrillProps {
  project: string;
  /** A backup that was chosen; absent means the newest. */
  backup?: string | undefined;
}

/** Asks how and where, shows the preflight, starts. */
export function StartDrill({ project, backup }: StartDrillProps) {
  const navigate = useNavigate();
  const [depth, setDepth] = useState<Depth>('full');
  const [tables, setTables] = useState('');
  const [place, setPlace] = useState<Place>(HERE);
  const start = useCommand('drill_start', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const ask = useMemo<AskDrill>(
    () => ({
      reference: backup ?? project,
      dataOnly: depth === 'data',
      tables:
        depth === 'sample'
          ? tables
              .split(',')
              .map((table) => table.trim())
              .filter(Boolean)
          : [],
      ...trimmed(place),
      program: null,
    }),
    [backup, project, depth, tables, place],
  );
  const needsTables = depth === 'sample' && ask.tables.length === 0;
  const needs = needsTables ? 'Name the tables first.' : lackOfPlace(place);
  const [looked] = useDebouncedValue(ask, ask.image === null ? 0 : TYPING_MS);
  const plan = useQuery({ ...drillPlanQuery(looked), enabled: needs === null && looked.image?.name !== '' });

  return (
    <div className={classes.start}>
      <div className={classes.choices}>
        <Segmented label="How much comes back" value={depth} options={DEPTHS} onChange={setDepth} />
        <Text tone="soft" size="sm">
          {MEANING[depth]}
        </Text>
        {depth === 'sample' && (
          <TextInput
            label="Tables"
            placeholder="orders, public.order_lines"
            value={tables}
            onChange={(event) => setTables(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-testid="drill-tables"
          />
        )}
        <DrillPlace place={place} onChange={setPlace} />
        <div className={classes.act}>
          <Button
            variant="filled"
            leftSection={<IconShieldCheck aria-hidden />}
            disabled={!plan.data || plan.data.obstacles.length > 0 || needs !== null || looked !== ask}
            loading={start.isPending}
            onClick={() => start.mutate(ask)}
            data-testid="start-drill"
          >
            Start the drill
          </Button>
        </div>
        {start.error && <ErrorPanel error={start.error} title="The drill did not start." />}
        {plan.data && <CommandLine command={plan.data.command} />}
      </div>
      <div className={classes.preflight}>
        <h3>Before it starts</h3>
        {needs !== null ? (
          <Text tone="soft" size="sm">
            {needs}
          </Text>
        ) : plan.error ? (
          <ErrorPanel
            error={plan.error}
            title="It cannot be made like this."
            onRetry={() => void plan.refetch()}
          />
        ) : plan.data ? (
          <Preflight plan={plan.data} />
        ) : (
          <LoadingLines what="the preflight" />
        )}
      </div>
    </div>
  );
}
