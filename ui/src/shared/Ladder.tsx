import type { ReactNode } from 'react';
import type { RungView } from '../ipc/bindings';
import { elapsed, sentence } from './format';
import css from './Ladder.module.css';
import { StateIcon, stateOfRung } from './StateIcon';
import { Words } from './Words';

export type ShownRung = Pick<RungView, 'id' | 'title' | 'message'> &
  Partial<Omit<RungView, 'state'>> & { state: RungView['state'] | 'running' };

type Props = {
  rungs: readonly ShownRung[];
  /** What to do about a rung that did not hold. */
  renderFix?: (rung: ShownRung) => ReactNode;
};

/** Rungs in order; after the first red one the others wait, they do not fail. */
export function Ladder({ rungs, renderFix }: Props) {
  return (
    <ol className={css.ladder}>
      {rungs.map((rung) => {
        const state = rung.state === 'running' ? 'running' : stateOfRung(rung.state);
        const isTried = rung.state !== 'waiting' && rung.state !== 'running';
        const took =
          isTried && rung.elapsedMs !== null && rung.elapsedMs !== undefined ? elapsed(rung.elapsedMs) : null;
        return (
          <li key={rung.id} data-state={state} data-testid={`rung-${rung.id}`}>
            <StateIcon state={state} size={18} />
            <div className={css.words}>
              <div className={css.head}>
                <b>{rung.title}</b>
                <span className="sr-only">{WORDS[rung.state]}</span>
                {took !== null && (
                  <span className={css.took}>{rung.state === 'failed' ? `after ${took}` : took}</span>
                )}
              </div>
              {rung.message !== '' && (
                <p>{isTried ? <Words text={sentence(rung.message)} /> : rung.message}</p>
              )}
              {renderFix?.(rung)}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

const WORDS: Record<ShownRung['state'], string> = {
  passed: 'passed',
  warned: 'passed with a reservation',
  failed: 'failed',
  waiting: 'waits',
  running: 'being tried',
};
