import type { PhaseState, PhaseView } from '../ipc/bindings';
import { bytes, clock, counted, elapsed, rate } from './format';
import classes from './RunPhases.module.css';
import { stateOfPhase } from './StateIcon';
import { StatusRow } from './StatusRow';
import { Words } from './Words';

export interface RunPhasesProps {
  phases: readonly PhaseView[];
  /** Bytes per second now, for the phase that goes on. */
  bytesPerSecond: number | null;
  /** The run has ended, so what waits never began and what ran was stopped. */
  isOver?: boolean;
  /** It ended because somebody wanted it to, or its process died: what went on then did not fail. */
  wasStopped?: boolean;
}

const WORDS: Record<PhaseState, string> = {
  waits: 'waits',
  running: 'running',
  stalled: 'stalled',
  done: 'done',
  failed: 'failed',
};
const WORDS_AFTER: Record<PhaseState, string> = {
  ...WORDS,
  waits: 'not begun',
  running: 'stopped',
  stalled: 'stopped',
};

/** Below this a rate of a finished phase says more about the clock than about the disk. */
const RATE_AFTER_MS = 2000;

/** `4.31 of 9.23 GB`: the unit once when it is the same. */
export function ofTotal(done: string, total: string): string {
  const [value, unit] = done.split(' ');
  return total.endsWith(` ${unit}`) ? `${value} of ${total}` : `${done} of ${total}`;
}

/** The main figure of a phase: what moved, else how long it took. */
export function figureOf(phase: PhaseView): string {
  const { bytes: done, bytesTotal, rows, elapsedMs, state } = phase;
  if (state === 'waits') return bytesTotal ? `about ${bytes(bytesTotal)}` : '';
  if (state !== 'done' && bytesTotal && bytesTotal > done) return ofTotal(bytes(done), bytes(bytesTotal));
  if (done) return bytes(done);
  if (rows) return counted(rows, 'row');
  return elapsedMs === null ? '' : elapsed(elapsedMs);
}

/** The figure below it: how long, how fast. */
export function paceOf(phase: PhaseView, bytesPerSecond: number | null): string {
  const { bytes: done, elapsedMs, state, startedAtMs, rows } = phase;
  if (state === 'waits') return '';
  if (!done && !rows) return startedAtMs === null ? '' : clock(startedAtMs, true);
  const took = elapsedMs === null ? '' : elapsed(elapsedMs);
  const ownRate = done && elapsedMs !== null && elapsedMs > RATE_AFTER_MS ? (done / elapsedMs) * 1000 : null;
  const pace = state === 'done' ? ownRate : bytesPerSecond;
  return [took, pace ? rate(pace) : ''].filter(Boolean).join(', ');
}

function Bar({ phase }: { phase: PhaseView }) {
  const share = phase.bytesTotal ? Math.min(1, phase.bytes / phase.bytesTotal) : null;
  if (share === null) return null;
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={phase.title}
      aria-valuenow={Math.floor(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span
        className={phase.state === 'stalled' ? `${classes.bar} ${classes.stalledBar}` : classes.bar}
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  );
}

/** The phases of a run in order: what, from where, to where; a bar only on the one that goes on. */
export function RunPhases({ phases, bytesPerSecond, isOver = false, wasStopped = false }: RunPhasesProps) {
  return (
    <ol aria-label="Phases">
      {phases.map((phase) => {
        const wasOn =
          phase.state === 'running' || phase.state === 'stalled' || (wasStopped && phase.state === 'failed');
        const goesOn = wasOn && !isOver;
        const state = wasOn && isOver ? 'idle' : stateOfPhase(phase.state);
        const pace = paceOf(phase, bytesPerSecond);
        return (
          <StatusRow
            key={phase.id}
            state={state}
            percent={phase.bytesTotal ? (phase.bytes / phase.bytesTotal) * 100 : null}
            title={phase.title}
            word={wasOn && isOver ? WORDS_AFTER.running : (isOver ? WORDS_AFTER : WORDS)[phase.state]}
            figure={figureOf(phase)}
            detail={<Words text={phase.sentence} />}
            pace={pace}
            isQuiet={phase.state === 'waits'}
            isCurrent={goesOn}
          >
            {goesOn && <Bar phase={phase} />}
          </StatusRow>
        );
      })}
    </ol>
  );
}
