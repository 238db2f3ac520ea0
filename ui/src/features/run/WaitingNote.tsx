import { Button } from '@mantine/core';
import { IconCheck, IconHandStop } from '@tabler/icons-react';

import type { WaitsForView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import classes from './WaitingNote.module.css';

/** The run waits for a person: what to do, and the two answers. */
export function WaitingNote({ job, waits }: { job: string; waits: WaitsForView }) {
  const answer = useCommand('job_answer');
  const say = (what: 'go_on' | 'stop') => answer.mutate({ job, step: waits.stepId, answer: what });
  const isSent = answer.isPending || answer.isSuccess;
  return (
    <Block top={5}>
      <Note
        state="warn"
        title={`It waits for you: ${waits.title}`}
        testId="waits-for"
        acts={
          <>
            <Button
              variant="filled"
              leftSection={<IconCheck aria-hidden />}
              disabled={isSent}
              onClick={() => say('go_on')}
              data-testid="go-on"
            >
              Done, go on
            </Button>
            <Button
              variant="danger"
              leftSection={<IconHandStop aria-hidden />}
              disabled={isSent}
              onClick={() => say('stop')}
              data-testid="stop-here"
            >
              Stop here
            </Button>
          </>
        }
      >
        <p className={classes.text}>{waits.instructions}</p>
        <p>
          Since <Moment ms={waits.sinceMs} />. If nobody answers until <Moment ms={waits.untilMs} />, the step
          has failed.
        </p>
      </Note>
      {answer.error && <ErrorPanel error={answer.error} title="The answer did not arrive." />}
    </Block>
  );
}
