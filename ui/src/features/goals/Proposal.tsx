import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { GoalStandingView, ProjectRow, ProposalLineView, SetSchedule } from '../../ipc/bindings';
import { commandQuery, useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { CommandLine } from '../../shared/CommandLine';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { Block, Stack, Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import css from './Goals.module.css';
import { hasSource } from '../../shared/source';

/** As a schedule is by default. */
const USUAL = { batteryPercentMin: 30, unmeteredOnly: true, quiet: null, maintenance: null };

/** Sets what lines of a proposal say. A schedule whose place one takes keeps its clock and when it waits. */
function useTakeOver(project: ProjectRow) {
  const schedules = useQuery({
    ...commandQuery('schedule_list', { project: project.id }),
    enabled: hasSource(project) || !project.isArchived,
  });
  const schedule = useCommand('schedule_set');
  const retention = useCommand('retention_set');
  const [taking, setTaking] = useState<string | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  /** A jitter of the old rule may be longer than the new one allows. */
  const requestOf = ({ work, rule }: ProposalLineView): SetSchedule | null => {
    if (!work || !rule) return null;
    const before = schedules.data?.find(({ name }) => name.toLowerCase() === work.replaceAll('_', '-'));
    return {
      project: project.id,
      name: before?.name ?? null,
      work,
      rule,
      zone: before?.zone ?? 'local',
      jitterS: 0,
      keepMs: before?.keepMs ?? null,
      creates: before?.creates ?? null,
      on: before?.on ?? null,
      image: before?.image ?? null,
      conditions: before?.conditions ?? USUAL,
    };
  };
  const one = async (line: ProposalLineView) => {
    if (line.policy) await retention.mutateAsync({ project: project.id, policy: line.policy });
    const request = requestOf(line);
    if (request !== null) await schedule.mutateAsync(request);
  };
  const take = async (lines: readonly ProposalLineView[]) => {
    setFailed(null);
    setTaking(lines.length === 1 ? (lines[0]?.id ?? null) : 'all');
    try {
      for (const line of lines) await one(line);
      announce(`${counted(lines.length, 'line')} taken over.`);
    } catch (error) {
      setFailed(error);
    } finally {
      setTaking(null);
    }
  };
  return { requestOf, take, taking, failed, schedules };
}

/** The command line that does what the button does: what takes the place of a schedule keeps its other settings. */
function TheSame(props: { line: ProposalLineView; request: SetSchedule | null; name: string }) {
  const { line, request, name } = props;
  return line.replaces === null || request === null ? (
    <CommandLine command={line.command} />
  ) : (
    <Equivalent asked={{ of: 'schedule_set', request: { ...request, project: name } }} />
  );
}

/** What would hold the goals, line by line; nothing is set before one of the buttons is pressed. */
export function ProposalLines({ project, standing }: { project: ProjectRow; standing: GoalStandingView }) {
  const { requestOf, take, taking, failed, schedules } = useTakeOver(project);
  // A schedule keeps what the one had whose place it takes; everything else needs none of them.
  const isReady = (line: ProposalLineView) => !line.work || schedules.data !== undefined;
  const { lines, notes } = standing.proposal;
  const open = lines.filter(({ inPlace }) => inPlace === null);
  const replacing = open.filter(({ replaces }) => replaces !== null).length;
  return (
    <div data-testid="proposal">
      <Block as="ul" top={2} ruled="over">
        {lines.map((line) => (
          <Stack
            as="li"
            key={line.id}
            columns="auto minmax(0, 1fr) auto"
            gap={3}
            align="start"
            sign={0.5}
            pad={3}
            ruled="under"
            data-testid={`proposal-${line.id}`}
          >
            <StateIcon
              state={line.inPlace === null ? 'idle' : 'ok'}
              size={18}
              label={line.inPlace === null ? 'Not set' : 'In place'}
            />
            <Stack gap={1} shrinks>
              <Text weight="medium">{line.title}</Text>
              <p className={css.because}>{line.because}</p>
              {line.inPlace !== null && <p className={css.because}>{line.inPlace}</p>}
              {line.inPlace === null && line.replaces !== null && (
                <p className={css.replaces}>
                  <StateIcon state="warn" size={14} />
                  <span>{line.replaces}</span>
                </p>
              )}
              {line.inPlace === null && <TheSame line={line} request={requestOf(line)} name={project.name} />}
            </Stack>
            {line.inPlace === null && (
              <Button
                size="xs"
                disabled={!isReady(line) || (taking !== null && taking !== line.id)}
                loading={taking === line.id}
                onClick={() => void take([line])}
                data-testid={`take-${line.id}`}
              >
                {line.replaces === null ? 'Take this over' : 'Replace it with this'}
              </Button>
            )}
          </Stack>
        ))}
      </Block>
      {notes.map((note, at) => (
        <Text key={at} top={2} tone="quiet" size="sm">
          {note}
        </Text>
      ))}
      {schedules.error && (
        <ErrorPanel
          error={schedules.error}
          title="The schedules could not be read."
          onRetry={() => void schedules.refetch()}
        />
      )}
      {failed !== null && <ErrorPanel error={failed} title="Not all of it was taken over." />}
      {open.length > 1 && (
        <div className={css.all}>
          <Button
            variant="filled"
            disabled={!open.every(isReady) || (taking !== null && taking !== 'all')}
            loading={taking === 'all'}
            onClick={() => void take(open)}
            data-testid="take-all"
          >
            {replacing === 0
              ? `Take over all ${open.length}`
              : `Take over all ${open.length}, in the place of ${replacing} of yours`}
          </Button>
        </div>
      )}
      {lines.length > 0 && open.length === 0 && (
        <Text top={2} tone="quiet" size="sm">
          All of it is in place.
        </Text>
      )}
    </div>
  );
}
