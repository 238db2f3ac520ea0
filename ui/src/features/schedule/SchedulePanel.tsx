import { ActionIcon, Button, Menu } from '@mantine/core';
import {
  IconCalendarPlus,
  IconDots,
  IconEdit,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ProjectRow, ProjectState, ScheduleStateView, ScheduleView } from '../../ipc/bindings';
import { commandQuery, useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { StateIcon } from '../../shared/StateIcon';
import { useNow } from '../../shared/useNow';
import { ScheduleDialog } from './ScheduleDialog';
import css from './Schedule.module.css';

const schedulesQuery = (project: string) => commandQuery('schedule_list', { project });

const FACES: Record<ScheduleStateView, ProjectState> = {
  due: 'running',
  planned: 'ok',
  waiting: 'warn',
  retrying: 'warn',
  given_up: 'danger',
  running: 'running',
  paused: 'idle',
  over: 'idle',
};

const HOUR_MS = 3_600_000;
const PAUSES = [
  { words: 'for 8 hours', ms: 8 * HOUR_MS },
  { words: 'for a day', ms: 24 * HOUR_MS },
  { words: 'for a week', ms: 7 * 24 * HOUR_MS },
];

type ActsProps = { schedule: ScheduleView; onEdit: () => void; onError: (error: unknown) => void };

function Acts({ schedule, onEdit, onError }: ActsProps) {
  const now = useNow();
  const options = { onMutate: () => onError(null), onError };
  const pause = useCommand('schedule_pause', options);
  const resume = useCommand('schedule_resume', options);
  const remove = useCommand('schedule_remove', options);
  const of = { project: schedule.projectId, name: schedule.name };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          aria-label={`What can be done with ${schedule.name}`}
          data-testid={`schedule-acts-${schedule.name}`}
        >
          <IconDots aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEdit aria-hidden />} onClick={onEdit} data-testid="edit-schedule">
          Change…
        </Menu.Item>
        {schedule.pausedAtMs === null ? (
          <>
            {PAUSES.map(({ words, ms }) => (
              <Menu.Item
                key={words}
                leftSection={<IconPlayerPause aria-hidden />}
                onClick={() => pause.mutate({ ...of, untilMs: now + ms })}
              >
                Pause {words}
              </Menu.Item>
            ))}
            <Menu.Item
              leftSection={<IconPlayerPause aria-hidden />}
              onClick={() => pause.mutate({ ...of, untilMs: null })}
              data-testid="pause-schedule"
            >
              Pause until it is resumed
            </Menu.Item>
          </>
        ) : (
          <Menu.Item
            leftSection={<IconPlayerPlay aria-hidden />}
            onClick={() => resume.mutate(of)}
            data-testid="resume-schedule"
          >
            Resume
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash aria-hidden />}
          onClick={() => remove.mutate(of)}
          data-testid="remove-schedule"
        >
          Remove; what it made stays
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Row({ schedule, onEdit, onError }: ActsProps) {
  const last = schedule.runs[0];
  return (
    <Stack
      as="li"
      gap={[1, 3]}
      columns="auto minmax(0, 1fr) auto auto"
      sign={0.5}
      align="start"
      pad={3}
      ruled="under"
      data-testid={`schedule-${schedule.name}`}
    >
      <StateIcon state={FACES[schedule.state]} size={18} />
      <div>
        <Text tone="plain">
          <b>{schedule.workWords}</b> {schedule.ruleWords}
          {schedule.rule.kind !== 'hourly' && <span className={css.quietly}>, {schedule.zoneWords}</span>}
          {schedule.name !== schedule.work.replaceAll('_', '-') && (
            <span className={css.quietly}> · {schedule.name}</span>
          )}
        </Text>
        <Text tone="soft" size="sm">
          {schedule.because}
        </Text>
        {schedule.notes.map((note, at) => (
          <Text key={at} tone="soft" size="sm">
            {note}
          </Text>
        ))}
        {last && (
          <p className={css.quietly}>
            Last: {last.said ?? last.state}
            {last.jobId !== null && (
              <>
                {' '}
                <Link to="/run/$id" params={{ id: last.jobId }}>
                  See the run
                </Link>
              </>
            )}
          </p>
        )}
      </div>
      <div className={css.next}>
        {schedule.nextAtMs === null ? '—' : <Moment ms={schedule.nextAtMs} />}
        <span className={css.quietly}>next</span>
      </div>
      <Acts schedule={schedule} onEdit={onEdit} onError={onError} />
    </Stack>
  );
}

/** What happens for a project by itself, how each stands, and what comes next. */
export function SchedulePanel({ project }: { project: ProjectRow }) {
  const { data, error, refetch } = useQuery(schedulesQuery(project.id));
  const [edited, setEdited] = useState<ScheduleView | 'new' | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const add = (
    <Button
      size="xs"
      leftSection={<IconCalendarPlus aria-hidden />}
      onClick={() => setEdited('new')}
      data-testid="add-schedule"
    >
      Add a schedule
    </Button>
  );
  return (
    <Section title="Schedules" aside={project.isArchived ? undefined : add}>
      {error && (
        <ErrorPanel error={error} title="The schedules could not be read." onRetry={() => void refetch()} />
      )}
      {failed !== null && <ErrorPanel error={failed} title="The schedule was not changed." />}
      {!data && !error && <LoadingLines what="the schedules" />}
      {data?.length === 0 && (
        <Text max={44} tone="soft">
          Nothing.{' '}
          {!project.hasDatabase
            ? 'What its platform backs up comes here when you pull it.'
            : 'It is backed up when you press “Back up now”.'}{' '}
          A schedule does it while this window, its tray icon, or a scheduler of the system is there.
        </Text>
      )}
      {data !== undefined && data.length > 0 && (
        <Block as="ul" ruled="over">
          {data.map((schedule) => (
            <Row
              key={schedule.id}
              schedule={schedule}
              onEdit={() => setEdited(schedule)}
              onError={setFailed}
            />
          ))}
        </Block>
      )}
      {edited !== null && (
        <ScheduleDialog
          project={project}
          schedule={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </Section>
  );
}
