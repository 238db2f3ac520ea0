import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { FindingToldView, HealthFindingView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, moment } from '../../shared/format';
import { Block, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { NeedAct } from '../../shared/NeedAct';
import { Section } from '../../shared/PageHeader';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import classes from './Findings.module.css';
import { GROUPS, SEVERITY_WORDS, STATE } from './words';

/** More of one group are shown when somebody asks. */
const SHOWN_MAX = 30;
/** The same note about many projects is read once. */
const SAME_NOTES_MAX = 2;

/** Notes of one kind beyond the first few wait until somebody asks; what is worse never does. */
function folded(findings: readonly HealthFindingView[]): readonly HealthFindingView[] {
  const seen = new Map<string, number>();
  return findings.filter((finding) => {
    const before = seen.get(finding.code) ?? 0;
    seen.set(finding.code, before + 1);
    return finding.severity !== 'info' || before < SAME_NOTES_MAX;
  });
}

/** Findings by how much they matter; what is well is one quiet line that opens. */
export function Findings({
  findings,
  isFiltered,
}: {
  findings: readonly HealthFindingView[];
  isFiltered: boolean;
}) {
  const [isOpen, setOpen] = useState(false);
  const well = findings.filter((finding) => finding.severity === 'ok');
  return (
    <>
      {GROUPS.map(({ severity, title }) => (
        <Group
          key={severity}
          title={title}
          findings={findings.filter((finding) => finding.severity === severity)}
        />
      ))}
      {isFiltered && findings.length === 0 && (
        <Text top={6} tone="quiet" size="sm">
          Nothing has these words.
        </Text>
      )}
      {well.length > 0 && (
        <Block as="section" top={8}>
          <button
            type="button"
            className={classes.fold}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            data-testid="well"
          >
            <StateIcon state="ok" />
            {counted(well.length, 'check is', 'checks are')} well
            <span className={classes.link}>{isOpen ? 'Hide' : 'Show'}</span>
          </button>
          {isOpen && <Rows findings={well} />}
        </Block>
      )}
    </>
  );
}

function Group({ title, findings }: { title: string; findings: readonly HealthFindingView[] }) {
  if (findings.length === 0) return null;
  return (
    <Section
      title={title}
      aside={
        <Text as="span" tone="quiet" size="xs" figures>
          {findings.length}
        </Text>
      }
    >
      <Rows findings={findings} />
    </Section>
  );
}

function Rows({ findings }: { findings: readonly HealthFindingView[] }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? findings : folded(findings).slice(0, SHOWN_MAX);
  return (
    <>
      <Block as="ul" ruled="over">
        {shown.map((finding) => (
          <Row key={`${finding.code} ${finding.projectId ?? ''} ${finding.what}`} finding={finding} />
        ))}
      </Block>
      {shown.length < findings.length && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          Show {counted(findings.length - shown.length, 'more', 'more')}
        </button>
      )}
    </>
  );
}

function Row({ finding }: { finding: HealthFindingView }) {
  const [isOpen, setOpen] = useState(false);
  const isWell = finding.severity === 'ok';
  // Where each copy is, and who declared what of it, is worth knowing while all is well, too.
  const hasMore =
    (finding.details.length > 1 && (!isWell || finding.code === 'copies')) ||
    (!isWell && finding.command !== null);
  return (
    <li className={classes.row} data-severity={finding.severity} data-testid={`finding-${finding.code}`}>
      <StateIcon state={STATE[finding.severity]} size={18} label={SEVERITY_WORDS[finding.severity]} />
      <Text as="div" max={46} shrinks breaks>
        <Text size="sm" leading={1.35}>
          <span className={classes.title}>{finding.title}</span>
          {finding.projectId === null ? (
            <b>{finding.subject}</b>
          ) : (
            <Link to="/health" search={{ project: finding.projectId }} className={classes.subject}>
              {finding.subject}
            </Link>
          )}{' '}
          <Words text={finding.what} />
        </Text>
        {finding.why !== '' && (
          <p className={classes.why}>
            <Words text={finding.why} />
          </p>
        )}
        {!isWell && finding.recommendation !== '' && finding.recommendation !== `${finding.act}.` && (
          <p className={classes.advice}>
            <Words text={finding.recommendation} />
          </p>
        )}
        {finding.told !== null && <Told told={finding.told} />}
        {hasMore && (
          <button
            type="button"
            className={classes.link}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Less' : moreWords(finding)}
          </button>
        )}
        {isOpen && (
          <div className={classes.details}>
            {finding.details.length > 1 && (
              <ul>
                {finding.details.map((detail, at) => (
                  <li key={at}>{detail}</li>
                ))}
              </ul>
            )}
            {!isWell && finding.command !== null && <CommandLine command={finding.command} />}
          </div>
        )}
      </Text>
      <div className={classes.figure}>
        {finding.value && (
          <span className={isWell ? undefined : `tone-${STATE[finding.severity]}`}>
            {finding.value.words}
          </span>
        )}
        {finding.limit && (
          <Text as="span" tone="quiet" size="xs">
            of {finding.limit.words}
          </Text>
        )}
      </div>
      {!isWell && (
        <div className={classes.acts}>
          <NeedAct target={finding.target} act={finding.act} subject={finding.subject} />
          {finding.canAccept && finding.projectId !== null && <Accept project={finding.projectId} />}
        </div>
      )}
    </li>
  );
}

/** What opens below a finding. */
function moreWords({ code, details, command }: HealthFindingView): string {
  if (code === 'copies' && details.length > 1) return 'Where they are, and who declared it';
  if (details.length <= 1) return 'The command line';
  return command === null ? `All ${details.length}` : `All ${details.length}, and the command line`;
}

const STATE_WORDS: Record<string, string> = {
  waiting: 'waits',
  sending: 'on its way',
  failed: 'did not arrive',
  dropped: 'came too late',
};

/** When it was told, and what came of it, channel by channel. */
function Told({ told }: { told: FindingToldView }) {
  const words = told.channels.map(
    ({ channel, state, endedAtMs }) =>
      `${channel} (${state === 'sent' ? moment(endedAtMs) : (STATE_WORDS[state] ?? state)})`,
  );
  return (
    <Text top={0.5} tone="quiet" size="xs" data-testid="told">
      Told <Moment ms={told.atMs} />:{' '}
      {words.length === 0 ? 'no channel wants to hear of it.' : `${words.join(', ')}.`}
    </Text>
  );
}

/** A person knows why: what comes is compared with this backup, and with nothing before it. */
function Accept({ project }: { project: string }) {
  const accept = useCommand('health_accept');
  return (
    <>
      <Button
        variant="subtle"
        loading={accept.isPending}
        onClick={() => accept.mutate({ project })}
        title="Later backups are compared with the newest one, and with nothing before it."
      >
        It is meant
      </Button>
      {accept.isError && <ErrorPanel error={accept.error} title="It could not be noted." />}
    </>
  );
}
