import type { ReactNode } from 'react';

import classes from './SelectionBar.module.css';

export interface SelectionBarProps {
  /** What is selected: `Today 09:02`. */
  subject: string;
  /** More of it, for wide windows. */
  detail?: ReactNode;
  /** Why some of the acts are off; on a line of its own, in every width. */
  note?: ReactNode;
  /** The acts; what destroys comes last. */
  children: ReactNode;
}

/** Floats over a list: what is selected, and what can be done with it. */
export function SelectionBar({ subject, detail, note, children }: SelectionBarProps) {
  return (
    <div className={classes.place}>
      <div className={classes.bar} role="toolbar" aria-label={`Selected: ${subject}`}>
        <span className={classes.subject}>
          <b>{subject}</b> <span className={classes.detail}>{detail}</span>
        </span>
        <span className={classes.acts}>{children}</span>
        {note && (
          <p className={classes.note} aria-live="polite">
            {note}
          </p>
        )}
      </div>
    </div>
  );
}
