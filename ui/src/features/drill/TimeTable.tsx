import type { DrillPhaseView } from '../../ipc/bindings';
import { elapsed } from '../../shared/format';
import classes from './TimeTable.module.css';

/** Where the time went: each phase where it lies in the whole. */
export function TimeTable({ phases }: { phases: readonly DrillPhaseView[] }) {
  const whole = Math.max(1, ...phases.map((phase) => phase.afterMs + phase.elapsedMs));
  const share = (ms: number | null) => `${((100 * (ms ?? 0)) / whole).toFixed(2)}%`;
  return (
    <ol className={classes.times}>
      {phases.map((phase) => (
        <li key={phase.id}>
          <span>{phase.title}</span>
          <span className={classes.track} aria-hidden>
            <i style={{ left: share(phase.afterMs), width: share(phase.elapsedMs) }} />
          </span>
          <span className="num">{elapsed(phase.elapsedMs)}</span>
        </li>
      ))}
    </ol>
  );
}
