import { Button, Menu, Switch } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { loginStart, setLoginStart } from '../../ipc/call';
import { commandQuery, useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { useNow } from '../../shared/useNow';
import { Acts, After, Part } from './Part';

const LOGIN_KEY = ['login-start'];
const HOUR_MS = 3_600_000;
const PAUSES = [
  { words: 'For an hour', ms: HOUR_MS },
  { words: 'For a day', ms: 24 * HOUR_MS },
  { words: 'For a week', ms: 7 * 24 * HOUR_MS },
];

/** What happens without anybody: from when on it does, and whether it may at all. */
export function AlonePart() {
  const client = useQueryClient();
  const now = useNow();
  const login = useQuery({ queryKey: LOGIN_KEY, queryFn: loginStart });
  const set = useMutation({
    mutationFn: setLoginStart,
    onSuccess: (isOn) => client.setQueryData(LOGIN_KEY, isOn),
  });
  const { data: home } = useQuery(commandQuery('home', {}));
  const pause = useCommand('schedule_pause_all');
  const resume = useCommand('schedule_resume_all');
  const paused = home?.paused ?? null;
  const error = login.error ?? set.error ?? pause.error ?? resume.error;
  return (
    <Part
      id="alone"
      title="By itself"
      hint="Schedules run while this window or its tray icon is there; closing the window keeps the icon."
    >
      <Switch
        label="Start at login, in the tray"
        checked={login.data ?? false}
        disabled={login.data === undefined || set.isPending}
        onChange={(event) => set.mutate(event.currentTarget.checked)}
        data-testid="login-start"
      />
      <Block as="p" top={4} role="status">
        {paused === null ? (
          'Schedules run when they are due.'
        ) : paused.untilMs === null ? (
          'All schedules are paused until somebody resumes them.'
        ) : (
          <>
            All schedules are paused until <Moment ms={paused.untilMs} />.
          </>
        )}
      </Block>
      <Acts>
        {paused === null ? (
          <Menu position="bottom-start">
            <Menu.Target>
              <Button
                leftSection={<IconPlayerPause aria-hidden />}
                loading={pause.isPending}
                data-testid="pause-all"
              >
                Pause all schedules…
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {PAUSES.map(({ words, ms }) => (
                <Menu.Item key={words} onClick={() => pause.mutate({ untilMs: now + ms })}>
                  {words}
                </Menu.Item>
              ))}
              <Menu.Item onClick={() => pause.mutate({ untilMs: null })} data-testid="pause-all-open">
                Until they are resumed
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ) : (
          <Button
            leftSection={<IconPlayerPlay aria-hidden />}
            onClick={() => resume.mutate({})}
            loading={resume.isPending}
            data-testid="resume-all"
          >
            Resume the schedules
          </Button>
        )}
      </Acts>
      <After>
        <CommandLine
          command={
            paused === null ? 'holdfast schedule pause --all --until 8h' : 'holdfast schedule resume --all'
          }
        />
      </After>
      {error && (
        <After>
          <ErrorPanel error={error} title="It was not changed." />
        </After>
      )}
    </Part>
  );
}
