import type { ReactNode } from 'react';
import css from './PageHeader.module.css';

type Props = {
  /** The one sentence of the screen. */
  title: ReactNode;
  /** Beside the title: a label. */
  badge?: ReactNode;
  lead?: ReactNode;
  /** Where we are, above the title. */
  crumbs?: ReactNode;
  /** Acts at the right. */
  children?: ReactNode;
};

/** The answer first, the figures below it. */
export function PageHeader({ title, badge, lead, crumbs, children }: Props) {
  return (
    <header>
      {crumbs !== undefined && (
        <nav className={css.crumbs} aria-label="Where you are">
          {crumbs}
        </nav>
      )}
      <div className={css.row}>
        <div className={css.words}>
          <div className={css.title}>
            <h1>{title}</h1>
            {badge}
          </div>
          {lead !== undefined && <p className={css.lead}>{lead}</p>}
        </div>
        {children !== undefined && <div className={css.acts}>{children}</div>}
      </div>
    </header>
  );
}

/** The padding and the width of a page; `read` is for prose and forms. */
export function Page({ children, width = 'list' }: { children: ReactNode; width?: 'list' | 'read' }) {
  return <div className={`${css.page} ${width === 'read' ? css.read : ''}`}>{children}</div>;
}

/** A section with its heading, and at the right what belongs to it. */
export function Section({
  title,
  aside,
  children,
}: {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={css.section}>
      <div className={css.sectionHead}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
