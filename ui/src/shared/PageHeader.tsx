import type { ReactNode } from 'react';
import { Block, Row, Text } from './Layout';
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
        <Block shrinks>
          <div className={css.title}>
            <h1>{title}</h1>
            {badge}
          </div>
          {lead !== undefined && (
            <Text top={1.5} max={44} tone="soft" breaks>
              {lead}
            </Text>
          )}
        </Block>
        {children !== undefined && (
          <Row gap={2} align="stretch" keeps>
            {children}
          </Row>
        )}
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
    <Block as="section" top={8}>
      <Row gap={4} justify="between" bottom={3}>
        <h2>{title}</h2>
        {aside}
      </Row>
      {children}
    </Block>
  );
}
