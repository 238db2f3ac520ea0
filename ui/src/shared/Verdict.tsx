import type { ReactNode } from 'react';

import type { ProjectState } from '../ipc/bindings';
import { Row } from './Layout';
import { StateIcon } from './StateIcon';
import classes from './Verdict.module.css';

export interface VerdictProps {
  tone: ProjectState;
  /** The word comes first: `Pass. The backup of today 03:01 came back whole.` */
  title: ReactNode;
  children?: ReactNode;
  acts?: ReactNode;
  /** The figure at the right, and what it is: how long it took. */
  figure?: { value: string; label: string } | undefined;
  testId?: string;
}

/** What a run came to: the answer of its page, word first, on a soft fill. */
export function Verdict({ tone, title, children, acts, figure, testId }: VerdictProps) {
  return (
    <section className={classes.verdict} data-tone={tone} data-testid={testId}>
      <StateIcon state={tone} size={24} />
      <div>
        <h2 className={classes.title}>{title}</h2>
        {children && <div className={classes.text}>{children}</div>}
        {acts && (
          <Row gap={2} align="stretch" wraps top={3}>
            {acts}
          </Row>
        )}
      </div>
      {figure && (
        <div className={classes.figure}>
          <b>{figure.value}</b>
          <span>{figure.label}</span>
        </div>
      )}
    </section>
  );
}
