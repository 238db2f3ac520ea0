import type { ReactNode } from 'react';

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
      <div className={classes.body}>{children}</div>
    </section>
  );
}

/** Buttons below what a part shows. */
export function Acts({ children }: { children: ReactNode }) {
  return <div className={classes.acts}>{children}</div>;
}

/** Something that came of an act, below it. */
export function After({ children }: { children: ReactNode }) {
  return <div className={classes.after}>{children}</div>;
}
