import type { ReactNode } from 'react';

import classes from './DialogFoot.module.css';

interface DialogFootProps {
  /** Why the act cannot begin yet, beside it; absent where there is nothing that could be missing. */
  reason?: string | null;
  /** The acts; the one that the dialog is for comes last. */
  children: ReactNode;
}

/** The last line of a dialog: why it cannot begin yet at the left, the acts at the right. */
export function DialogFoot({ reason, children }: DialogFootProps) {
  return (
    <div className={classes.foot}>
      {reason !== undefined && (
        <span className={classes.reason} aria-live="polite">
          {reason}
        </span>
      )}
      {children}
    </div>
  );
}
