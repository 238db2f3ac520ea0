import type { ProjectState, StepResultView, StepStateView } from '../ipc/bindings';
import { elapsed } from './format';
import { Row, Text } from './Layout';
import { StateIcon } from './StateIcon';
import classes from './StepResults.module.css';
import { Words } from './Words';

const STATE_WORDS: Record<StepStateView, string> = {
  planned: 'to come',
  running: 'goes on',
  waiting: 'waits for you',
  ok: 'done',
  failed: 'failed',
  skipped: 'not done',
};

const STATES: Record<StepStateView, ProjectState> = {
  planned: 'idle',
  running: 'running',
  waiting: 'warn',
  ok: 'ok',
  failed: 'danger',
  skipped: 'idle',
};

/** A step that failed without ending the run is a warning. */
const stateOf = ({ state, critical }: StepResultView): ProjectState =>
  state === 'failed' && !critical ? 'warn' : STATES[state];

/** Recovery steps around a restore, in order: what became of each, how long it took, what was said. */
export function StepResults({ steps }: { steps: readonly StepResultView[] }) {
  return (
    <ol className={classes.steps} aria-label="Recovery steps, in order" data-testid="step-results">
      {steps.map((step) => {
        const state = stateOf(step);
        return (
          <li key={step.id} data-state={step.state}>
            <Row as="span" gap={2} sign={0.25} align="start" shrinks breaks>
              <StateIcon state={state} />
              <span>
                {step.title}
                <Text as="span" block tone="quiet" size="xs">
                  {step.when === 'before' ? 'before the restore' : 'after the restore'}
                </Text>
              </span>
            </Row>
            <span className={`tone-${state}`}>{STATE_WORDS[step.state]}</span>
            <Text as="span" tone="quiet" right figures>
              {step.elapsedMs === null ? '' : elapsed(step.elapsedMs)}
            </Text>
            <span className={classes.said}>{step.said && <Words text={step.said} />}</span>
          </li>
        );
      })}
    </ol>
  );
}
