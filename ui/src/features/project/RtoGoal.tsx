import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { GoalView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { elapsed, span } from '../../shared/format';
import { LoadingLines } from '../../shared/LoadingLines';
import { StateIcon } from '../../shared/StateIcon';
import classes from './GoalsPanel.module.css';
import { goalQuery } from './queries';
import { goalOf, UNITS, type Unit } from './rto';

interface RtoGoalProps {
  project: string;
  /** Time of the last drill or restore that passed; absent before the first. */
  lastMs: number | null;
}

/** Against the goal, the word first; without a goal or a time there is nothing to judge. */
function Standing({ rtoMs, lastMs }: { rtoMs: number | null; lastMs: number | null }) {
  if (lastMs === null) return <p className={classes.standing}>Not measured yet: a drill measures it.</p>;
  if (rtoMs === null) return <p className={classes.standing}>It took {elapsed(lastMs)} the last time.</p>;
  const isInside = lastMs <= rtoMs;
  return (
    <p className={classes.standing}>
      <StateIcon state={isInside ? 'ok' : 'danger'} size={16} />
      {isInside ? 'Inside the goal' : 'Over the goal'}: it took {elapsed(lastMs)} the last time.
    </p>
  );
}

function Form({ project, goal, onDone }: { project: string; goal: GoalView; onDone: () => void }) {
  const { rtoMs } = goal;
  const inHours = rtoMs !== null && rtoMs % UNITS.hours === 0;
  const [unit, setUnit] = useState<Unit>(inHours ? 'hours' : 'minutes');
  const [text, setText] = useState(rtoMs === null ? '' : String(rtoMs / UNITS[inHours ? 'hours' : 'minutes']));
  const set = useCommand('goal_set', {
    onSuccess: ({ rtoMs: made }) => {
      announce(made === null ? 'The goal is taken away.' : `Back within ${span(made)}.`);
      onDone();
    },
  });
  const wanted = goalOf(text, unit);
  const isWrong = text.trim() !== '' && wanted === null;

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted !== null) set.mutate({ project, goal: { ...goal, rtoMs: wanted } });
  };

  return (
    <form className={classes.form} onSubmit={onSubmit}>
      <div className={classes.fields}>
        <TextInput className={classes.value} label="Back within" value={text} onChange={(event) => setText(event.currentTarget.value)} inputMode="numeric" autoComplete="off" error={isWrong} data-testid="goal-value" data-autofocus />
        <NativeSelect className={classes.unit} label="Unit" value={unit} onChange={(event) => setUnit(event.currentTarget.value as Unit)} data={[...Object.keys(UNITS)]} data-testid="goal-unit" />
      </div>
      {isWrong && <p className={classes.wrong}>Give a whole number, of at least a minute and at most a year.</p>}
      {set.error && <ErrorPanel error={set.error} title="The goal was not set." />}
      <div className={classes.acts}>
        <Button type="submit" variant="filled" disabled={wanted === null} loading={set.isPending} data-testid="set-goal">
          Set the goal
        </Button>
        {rtoMs !== null && (
          <Button disabled={set.isPending} onClick={() => set.mutate({ project, goal: { ...goal, rtoMs: null } })} data-testid="no-goal">
            Take the goal away
          </Button>
        )}
        <Button variant="subtle" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** Within what time the project has to be back, and how it stands against that. */
export function RtoGoal({ project, lastMs }: RtoGoalProps) {
  const { data, error, refetch } = useQuery(goalQuery(project));
  const [isEditing, setEditing] = useState(false);
  if (error) return <ErrorPanel error={error} title="The goal could not be read." onRetry={() => void refetch()} />;
  if (!data) return <LoadingLines what="the goal" />;
  const { rtoMs } = data;
  return (
    <div data-testid="rto-goal">
      <h2>{rtoMs === null ? 'Back within: no goal is set' : `Back within ${span(rtoMs)}`}</h2>
      <p>From the beginning of a restore to its last check. Drills are measured against it.</p>
      <div className={classes.now}>
        <Standing rtoMs={rtoMs} lastMs={lastMs} />
      </div>
      {isEditing ? (
        <Form project={project} goal={data} onDone={() => setEditing(false)} />
      ) : (
        <div className={classes.acts}>
          <Button onClick={() => setEditing(true)} data-testid="edit-goal">
            {rtoMs === null ? 'Set a goal' : 'Change the goal'}
          </Button>
        </div>
      )}
    </div>
  );
}
