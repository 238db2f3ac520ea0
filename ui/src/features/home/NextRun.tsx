import type { NextRunView, ProjectRow } from '../../ipc/bindings';
import { Moment } from '../../shared/Moment';
import css from './ProjectTable.module.css';
import { hasSource } from '../../shared/source';

const STATES: Partial<Record<NextRunView['state'], [tone: string, word: string]>> = {
  running: ['tone-running', 'Running now'],
  due: ['tone-running', 'Due now'],
  waiting: ['tone-warn', 'Waiting'],
  paused: ['tone-idle', 'Paused'],
  given_up: ['tone-danger', 'Failed, needs you'],
  over: ['tone-idle', 'None'],
};

/** When a project's next recovery point comes, and why not. */
export function NextRun({ row }: { row: ProjectRow }) {
  const next = row.nextRun;
  if (next === null) {
    const words = row.isArchived || !hasSource(row) ? 'not protected' : 'no schedule';
    return (
      <>
        <span className="tone-idle">By hand</span>
        <span className={css.sub}>{words}</span>
      </>
    );
  }
  const state = STATES[next.state];
  return (
    <>
      {state === undefined ? <Moment ms={next.atMs} /> : <span className={state[0]}>{state[1]}</span>}
      <span className={css.sub} title={next.because}>
        {next.state === 'retrying' ? 'tried again' : (next.why ?? next.often)}
      </span>
    </>
  );
}
