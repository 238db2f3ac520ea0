import { Button } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import type { PausedView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import css from './HomePage.module.css';

/** That nothing runs by itself, and the way back. */
export function PausedNote({ paused }: { paused: PausedView }) {
  const resume = useCommand('schedule_resume_all');
  return (
    <Block top={6}>
      <p className={css.paused} role="status" data-testid="all-paused">
        <IconPlayerPause size={18} stroke={1.75} aria-hidden />
        <span>
          {paused.untilMs === null ? (
            'Nothing runs by itself until the schedules are resumed.'
          ) : (
            <>
              Nothing runs by itself until <Moment ms={paused.untilMs} />.
            </>
          )}
        </span>
        <Button size="xs" onClick={() => resume.mutate({})} loading={resume.isPending}>
          Resume the schedules
        </Button>
      </p>
      {resume.error && <ErrorPanel error={resume.error} title="They were not resumed." />}
    </Block>
  );
}
