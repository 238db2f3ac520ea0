import type { ReactNode } from 'react';
import css from './EmptyState.module.css';

type Props = { sentence: string; children?: ReactNode; detail?: ReactNode };

/** One sentence and one button, where the list will be. */
export function EmptyState({ sentence, detail, children }: Props) {
  return (
    <div className={css.empty} data-testid="empty-state">
      <p className={css.sentence}>{sentence}</p>
      {detail !== undefined && <p className={css.detail}>{detail}</p>}
      {children !== undefined && <div className={css.act}>{children}</div>}
    </div>
  );
}
