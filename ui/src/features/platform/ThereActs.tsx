import { Button, Modal, TextInput } from '@mantine/core';
import {
  IconBookmarkPlus,
  IconCalendarClock,
  IconClockPlay,
  IconFolderPlus,
  IconHistory,
  IconLogs,
  IconPlayerPause,
  IconPlayerPlay,
  type Icon,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { PlatformView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { moment } from '../../shared/format';
import { FieldRow, Stack } from '../../shared/Layout';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';
import css from './Platform.module.css';
import type { Planned } from './RemotePlanDialog';
import { whyNot } from '../../shared/platforms';

type Props = {
  view: PlatformView;
  project: string;
  onSchedule: () => void;
  onLogs: () => void;
  onNewProject: () => void;
  onPlan: (planned: Planned) => void;
};

/** Stopping a project takes its users with it: the name is typed first. */
function PauseDialog({
  view,
  isBusy,
  onPause,
  onClose,
}: {
  view: PlatformView;
  isBusy: boolean;
  onPause: () => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  return (
    <Modal opened onClose={onClose} title={`Pause ${view.remoteName} at ${view.platform}`} size="32rem">
      <Stack gap={5} columns={1}>
        <p className={css.text}>
          {view.platform} stops the project. Nobody reaches its database or its files until it is resumed; its
          backups stay.
        </p>
        <TypedConfirm
          expected={view.project}
          what="the name of the project"
          value={typed}
          onChange={setTyped}
          testId="confirm-pause"
        />
        <DialogFoot>
          <Button onClick={onClose}>Keep it running</Button>
          <Button
            variant="danger-filled"
            disabled={!isConfirmed(view.project, typed)}
            loading={isBusy}
            onClick={onPause}
            data-testid="pause-there"
          >
            Pause {view.remoteName}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

const ASKED: readonly { act: string; words: string; icon: Icon }[] = [
  { act: 'trigger_cron', words: 'Run its scheduled backups now', icon: IconClockPlay },
  { act: 'pause', words: 'Pause the project there…', icon: IconPlayerPause },
  { act: 'resume', words: 'Resume the project there', icon: IconPlayerPlay },
];

/** What else can be asked of the platform. What it cannot do stays in sight, with its reason. */
export function ThereActs({ view, project, onSchedule, onLogs, onNewProject, onPlan }: Props) {
  const [point, setPoint] = useState('');
  const [at, setAt] = useState('');
  const [isPausing, setPausing] = useState(false);
  const ask = useCommand('platform_act', {
    onSuccess: ({ facts }) =>
      announce(facts.map(({ name, value }) => `${name}: ${value}`).join(', ') || 'Done.'),
  });
  const noSchedule = whyNot(view, 'write_schedule');
  const noLogs =
    whyNot(view, 'read_logs') !== null && whyNot(view, 'export_logs') !== null
      ? whyNot(view, 'read_logs')
      : null;
  const noProject = whyNot(view, 'new_project');
  const noPoints = whyNot(view, 'restore_points');
  const noMoment = whyNot(view, 'point_in_time');
  const atMs = at === '' ? NaN : new Date(at).getTime();
  const run = (act: string, name: string | null = null) => ask.mutate({ project, act, name });
  return (
    <>
      {isPausing && (
        <PauseDialog
          view={view}
          isBusy={ask.isPending}
          onClose={() => setPausing(false)}
          onPause={() => {
            setPausing(false);
            run('pause');
          }}
        />
      )}
      <ul className={css.there}>
        <li>
          <Button
            fullWidth
            leftSection={<IconCalendarClock aria-hidden />}
            disabled={noSchedule !== null}
            onClick={onSchedule}
            data-testid="edit-schedule"
          >
            {noSchedule === null ? 'Change the schedule…' : 'Change the schedule'}
          </Button>
          {noSchedule && <p>{noSchedule}</p>}
        </li>
        <li>
          <Button
            fullWidth
            leftSection={<IconLogs aria-hidden />}
            disabled={noLogs !== null}
            onClick={onLogs}
            data-testid="read-logs"
          >
            {noLogs === null ? 'Read its logs…' : 'Read its logs'}
          </Button>
          {noLogs && <p>{noLogs}</p>}
        </li>
        <li>
          <Button
            fullWidth
            leftSection={<IconFolderPlus aria-hidden />}
            disabled={noProject !== null}
            onClick={onNewProject}
            data-testid="new-project"
          >
            {noProject === null ? 'Make a new project…' : 'Make a new project'}
          </Button>
          {noProject && <p>{noProject}</p>}
        </li>
        {ASKED.map(({ act, words, icon: ActIcon }) => {
          const reason = whyNot(view, act);
          return (
            <li key={act}>
              <Button
                fullWidth
                leftSection={<ActIcon aria-hidden />}
                disabled={reason !== null}
                loading={ask.isPending && ask.variables.act === act}
                onClick={() => (act === 'pause' ? setPausing(true) : run(act))}
                data-testid={`act-${act}`}
              >
                {words}
              </Button>
              {reason && <p>{reason}</p>}
            </li>
          );
        })}
        <li>
          {noPoints === null ? (
            <>
              {view.restorePoints.map(({ name, status }) => (
                <div key={name} className={css.point}>
                  <span>
                    {name} <small>{status}</small>
                  </span>
                  <Button size="xs" onClick={() => onPlan({ act: 'point', point: name })}>
                    Go back…
                  </Button>
                </div>
              ))}
              <FieldRow>
                <TextInput
                  label="A restore point, by name"
                  value={point}
                  onChange={(event) => setPoint(event.currentTarget.value)}
                  data-testid="point-name"
                />
                <Button
                  leftSection={<IconBookmarkPlus aria-hidden />}
                  disabled={point.trim() === ''}
                  loading={ask.isPending && ask.variables.act === 'add_restore_point'}
                  onClick={() => run('add_restore_point', point.trim())}
                  data-testid="add-point"
                >
                  Keep it
                </Button>
              </FieldRow>
            </>
          ) : (
            <>
              <Button fullWidth leftSection={<IconBookmarkPlus aria-hidden />} disabled>
                Keep a restore point
              </Button>
              <p>{noPoints}</p>
            </>
          )}
        </li>
        <li>
          {noMoment === null ? (
            <FieldRow>
              <TextInput
                type="datetime-local"
                step={1}
                label="Go back there to a second, your time"
                value={at}
                onChange={(event) => setAt(event.currentTarget.value)}
                data-testid="moment-at"
              />
              <Button
                leftSection={<IconHistory aria-hidden />}
                disabled={Number.isNaN(atMs)}
                onClick={() => onPlan({ act: 'moment', atMs, at: moment(atMs) })}
                data-testid="plan-moment"
              >
                Plan…
              </Button>
            </FieldRow>
          ) : (
            <>
              <Button fullWidth leftSection={<IconHistory aria-hidden />} disabled>
                Go back to any second
              </Button>
              <p>{noMoment}</p>
            </>
          )}
        </li>
        {ask.data && ask.data.facts.length > 0 && (
          <li>
            <p className={css.said} data-testid="act-said">
              {view.platform} says: {ask.data.facts.map(({ name, value }) => `${name} ${value}`).join(', ')}.
            </p>
          </li>
        )}
        {ask.error && (
          <li>
            <ErrorPanel error={ask.error} />
          </li>
        )}
      </ul>
    </>
  );
}
