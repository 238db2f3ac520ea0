import type { ReactNode } from 'react';

import { Block, Row } from '../../shared/Layout';
import classes from './Part.module.css';

interface PartProps {
  id: string;
  title: string;
  /** What it is good for, in a sentence. */
  hint: ReactNode;
  children: ReactNode;
}

/** One part of the settings: what it is at the left, what is set at the right. */
export function Part({ id, title, hint, children }: PartProps) {
  return (
    <section className={classes.part} aria-labelledby={`${id}-title`} id={id}>
      <div className={classes.words}>
        <h2 id={`${id}-title`}>{title}</h2>
        <p>{hint}</p>
      </div>
      <Block shrinks>{children}</Block>
    </section>
  );
}

/** Buttons below what a part shows. */
export function Acts({ children }: { children: ReactNode }) {
  return (
    <Row gap={2} align="stretch" wraps top={4}>
      {children}
    </Row>
  );
}

/** Something that came of an act, below it. */
export function After({ children }: { children: ReactNode }) {
  return <Block top={4}>{children}</Block>;
}
