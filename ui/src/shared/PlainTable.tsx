import type { ReactNode } from 'react';

import css from './PlainTable.module.css';

type Title = { title: string; isFigure?: boolean; isSecondary?: boolean };

interface PlainTableProps {
  /** Over the columns; figures stand at the right, and what is secondary gives way where there is little room. */
  titles: readonly (string | Title)[];
  /** The rows, of `td` and `Figure`. */
  children: ReactNode;
  /** Ends in an ellipsis what is wider than its column may be. */
  clips?: boolean;
  testId?: string;
}

/** A short table of what is read and not chosen; what is chosen from stands in a `DataList`. */
export function PlainTable({ titles, children, clips, testId }: PlainTableProps) {
  return (
    <table className={clips ? `${css.table} ${css.clips}` : css.table} data-testid={testId}>
      <thead>
        <tr>
          {titles.map((one) => {
            const { title, isFigure, isSecondary }: Title = typeof one === 'string' ? { title: one } : one;
            return (
              <th key={title} className={isFigure ? css.figure : isSecondary ? css.secondary : undefined}>
                {title}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** A cell of a figure. */
export const Figure = ({ children }: { children: ReactNode }) => <td className={css.figure}>{children}</td>;

/** A cell that gives way. */
export const Secondary = ({ children }: { children: ReactNode }) => (
  <td className={css.secondary}>{children}</td>
);
