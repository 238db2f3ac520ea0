import type { ReactNode } from 'react';
import type { ProjectState } from '../ipc/bindings';
import css from './Chip.module.css';
import { StateIcon } from './StateIcon';

/** A state in a few words. */
export function Chip({ state, children }: { state?: ProjectState; children: ReactNode }) {
  return (
    <span className={css.chip} data-tone={state ?? 'plain'}>
      {state !== undefined && <StateIcon state={state} size={14} />}
      {children}
    </span>
  );
}
