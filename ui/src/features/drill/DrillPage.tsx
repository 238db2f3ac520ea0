import { Button } from '@mantine/core';
import { IconChevronRight, IconDownload, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { DrillView } from '../../ipc/bindings';
import { pickSaveFile } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { Checks, checkSum } from '../../shared/Checks';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { elapsed, moment, sentence } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { stateOfVerdict } from '../../shared/StateIcon';
import { Verdict } from '../../shared/Verdict';
import { wallRow } from '../../shared/Wall';
import { Words } from '../../shared/Words';
import classes from './DrillPage.module.css';
import { History } from './History';
import { drillQuery, drillsQuery } from './queries';
import { TimeTable } from './TimeTable';
import { KIND_WORDS, VERDICT_WORDS, verdictSentence } from './words';

function SaveReport({ drill }: { drill: DrillView }) {
  const save = useCommand('drill_report_save');
  const onSave = async () => {
    const path = await pickSaveFile('Save the report', `drill-${drill.id.slice(0, 8)}.html`);
    if (path !== null) save.mutate({ drill: drill.id, path });
  };
  return (
    <>
      {save.isSuccess && <span role="status">Saved.</span>}
      {save.error && <span role="alert">Not saved: {save.error.message}</span>}
      <Button
        leftSection={<IconDownload aria-hidden />}
        loading={save.isPending}
        onClick={() => void onSave()}
        data-testid="save-report"
      >
        Save report
      </Button>
    </>
  );
}

function VerdictOf({ drill }: { drill: DrillView }) {
  // What a part takes says nothing of the goal, which is for all of it.
  const goal = drill.goalMs === null || drill.kind !== 'full' ? '' : `, goal ${elapsed(drill.goalMs)}`;
  return (
    <Verdict
      tone={stateOfVerdict(drill.verdict)}
      title={
        <>
          {VERDICT_WORDS[drill.verdict]} {verdictSentence(drill, moment(drill.backupAtMs))}
        </>
      }
      figure={
        drill.rtoMs === null
          ? undefined
          : { value: elapsed(drill.rtoMs), label: `to restore and check${goal}` }
      }
      testId="drill-verdict"
    >
      <p>
        <Words text={sentence(drill.reason)} />
      </p>
      {drill.verdict === 'pass' && drill.kind === 'full' && (
        <p>
          Brought back into {drill.place}, compared with the counts and fingerprints of the dump’s own
          snapshot, then thrown away.
        </p>
      )}
      {drill.kind !== 'full' && (
        <p>
          A part only ({KIND_WORDS[drill.kind]}
          {drill.tables.length > 0 && <>: {drill.tables.join(', ')}</>}). It does not count as proof that the
          backup restores.
        </p>
      )}
    </Verdict>
  );
}

function Loaded({ drill }: { drill: DrillView }) {
  const { data: history } = useQuery(drillsQuery(drill.projectId));
  const facts = drill.facts.filter((fact) => fact.name !== 'Into');
  return (
    <Page>
      <PageHeader
        title={`Drill of ${moment(drill.startedAtMs)}`}
        crumbs={
          <>
            <Link to="/project/$id" params={{ id: drill.projectId }}>
              {drill.project}
            </Link>
            <IconChevronRight size={14} stroke={1.75} aria-hidden />
            <Link to="/project/$id/drills" params={{ id: drill.projectId }}>
              Drills
            </Link>
            <IconChevronRight size={14} stroke={1.75} aria-hidden />
            <code>{drill.id.slice(0, 6)}</code>
          </>
        }
      >
        <SaveReport drill={drill} />
        <LinkButton
          to="/project/$id/drills"
          params={{ id: drill.projectId }}
          search={{ backup: drill.backupId }}
          leftSection={<IconRefresh aria-hidden />}
          data-testid="drill-again"
        >
          Drill again
        </LinkButton>
      </PageHeader>
      <Block top={5}>
        <VerdictOf drill={drill} />
      </Block>
      <div className={classes.columns}>
        <section aria-labelledby="checks-title">
          <div className={classes.head}>
            <h2 id="checks-title">Checks</h2>
            {drill.checks.length > 0 && <span>{checkSum(drill.checks)}</span>}
          </div>
          {drill.checks.length > 0 ? (
            <Checks checks={drill.checks} />
          ) : (
            <Text top={2} tone="soft" size="sm">
              It did not come as far as the checks.
            </Text>
          )}
          {drill.obstacles.map((obstacle, at) => (
            <Text top={2} tone="soft" size="sm" key={at}>
              {obstacle}
            </Text>
          ))}
        </section>
        <aside>
          <h2>
            {drill.kind === 'full'
              ? 'Time against the goal'
              : `Time of drills of ${drill.kind === 'data' ? 'data and keys' : 'a sample'}`}
          </h2>
          {history && <History drills={history} kind={drill.kind} goalMs={drill.goalMs} current={drill.id} />}
          <Block as="h2" top={6} bottom={2}>
            This drill
          </Block>
          <KeyValue
            rows={[
              ...facts.map(({ name, value, note }) => ({
                name,
                value: <Words text={value} />,
                note: note === null ? undefined : <Words text={note} />,
              })),
              ...wallRow(drill.wall),
              { name: 'Started', value: <Moment ms={drill.startedAtMs} />, note: drill.trigger },
            ]}
          />
        </aside>
      </div>
      {drill.phases.length > 1 && (
        <Section title="Where the time went">
          <TimeTable phases={drill.phases} />
        </Section>
      )}
      {drill.limits.length > 0 && (
        <Section title="Not here">
          <ul className={classes.notes}>
            {drill.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </Section>
      )}
      {drill.notes.length > 0 && (
        <Section title="Messages of the tools">
          <ul className={classes.notes}>
            {drill.notes.map((note, index) => (
              <li key={`${index} ${note}`}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="The same from the command line">
        <CommandLine command={drill.command} />
      </Section>
    </Page>
  );
}

/** The report of one drill: the verdict, every check, where the time went. */
export function DrillPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(drillQuery(id));
  if (data) return <Loaded drill={data} />;
  return (
    <Page>
      {error ? (
        <ErrorPanel error={error} title="This drill could not be read." onRetry={() => void refetch()} />
      ) : (
        <LoadingLines what="this drill" />
      )}
    </Page>
  );
}
