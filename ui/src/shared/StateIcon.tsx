import {
  IconAlertOctagonFilled,
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconHelpHexagonFilled,
} from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import type {
  JobStateView,
  PhaseState,
  ProjectState,
  RungState,
  Severity,
  VerdictView,
} from '../ipc/bindings';
import css from './StateIcon.module.css';

type Props = {
  state: ProjectState;
  /** In px at the default size of text; 16 in text, 18 in rows, 20 in panels. */
  size?: 14 | 16 | 18 | 20 | 24;
  /** Progress from 0 to 100 for the running ring. */
  percent?: number | null;
  /** Its word, where no word stands beside it. */
  label?: string;
  className?: string;
};

const FILLED = {
  ok: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  danger: IconAlertOctagonFilled,
  inconclusive: IconHelpHexagonFilled,
} as const;

/** The wedge of a pie from twelve o'clock, within the ring. */
function wedge(share: number): string {
  const angle = 2 * Math.PI * Math.min(0.999, Math.max(0.02, share));
  const x = 12 + 5.5 * Math.sin(angle);
  const y = 12 - 5.5 * Math.cos(angle);
  return `M12 12V6.5A5.5 5.5 0 ${angle > Math.PI ? 1 : 0} 1 ${x.toFixed(2)} ${y.toFixed(2)}z`;
}

/** A state by its own outline and colour; a word always stands beside it. */
export function StateIcon({ state, size = 16, percent, label, className }: Props) {
  const shared = {
    className: `${css.icon} ${css[state]} ${className ?? ''}`,
    style: { '--icon-size': `${size / 16}rem` } as CSSProperties,
    ...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true }),
    'data-state': state,
  };
  if (state === 'idle') return <IconCircleDashed stroke={1.75} {...shared} />;
  if (state === 'running') {
    const known = percent !== null && percent !== undefined;
    return (
      <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" {...shared}>
        <circle cx="12" cy="12" r="9" strokeWidth="2.25" />
        <path
          className={known ? undefined : css.turning}
          d={wedge(known ? percent / 100 : 0.61)}
          fill="currentColor"
          stroke="none"
        />
      </svg>
    );
  }
  const Icon = FILLED[state];
  return <Icon {...shared} />;
}

const FROM_JOB: Record<JobStateView, ProjectState> = {
  queued: 'idle',
  running: 'running',
  succeeded: 'ok',
  failed: 'danger',
  cancelled: 'idle',
  interrupted: 'warn',
};
const FROM_PHASE: Record<PhaseState, ProjectState> = {
  waits: 'idle',
  running: 'running',
  stalled: 'warn',
  done: 'ok',
  failed: 'danger',
};
const FROM_RUNG: Record<RungState, ProjectState> = {
  passed: 'ok',
  warned: 'warn',
  failed: 'danger',
  waiting: 'idle',
};
const FROM_VERDICT: Record<VerdictView, ProjectState> = {
  pass: 'ok',
  fail: 'danger',
  inconclusive: 'inconclusive',
};
const FROM_SEVERITY: Record<Severity, ProjectState> = { ok: 'ok', warning: 'warn', error: 'danger' };

export const stateOfJob = (state: JobStateView) => FROM_JOB[state];
export const stateOfPhase = (state: PhaseState) => FROM_PHASE[state];
export const stateOfRung = (state: RungState) => FROM_RUNG[state];
export const stateOfVerdict = (verdict: VerdictView) => FROM_VERDICT[verdict];
export const stateOfSeverity = (severity: Severity) => FROM_SEVERITY[severity];
