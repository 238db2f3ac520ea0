import type { JobView } from '../../ipc/bindings';
import { elapsed, percent, timeLeft } from '../../shared/format';
import { useSeconds } from '../../shared/useSeconds';
import classes from './RunProgress.module.css';
import { closingSentence, ranFor } from './words';

/** How far a run is, how long it may still take, and what closing the window does. */
export function RunProgress({ job, hasTray }: { job: JobView; hasTray: boolean }) {
  const { row } = job;
  const now = useSeconds(true);
  const left = timeLeft(job.leftLowMs, job.leftHighMs);
  const ran = ranFor(row, now);
  const isQueued = row.state === 'queued';

  return (
    <div className={classes.progress}>
      <div className={classes.line}>
        <span className={classes.percent} data-testid="run-percent">
          {isQueued ? 'Waits' : percent(row.percent ?? 0)}
        </span>
        <span className={classes.time}>
          {isQueued ? 'for another run of this project to end' : left}
          {ran !== null && (
            <span className={classes.quiet}>
              {left ? ' · ' : ''}running for {elapsed(Math.floor(ran / 1000) * 1000)}
            </span>
          )}
        </span>
      </div>
      <div
        className={classes.track}
        role="progressbar"
        aria-label={row.title}
        aria-valuenow={Math.floor(row.percent ?? 0)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span className={classes.bar} style={{ width: `${row.percent ?? 0}%` }} />
      </div>
      <p className={classes.hint}>100 % means verified. {closingSentence(row, hasTray)}</p>
    </div>
  );
}
