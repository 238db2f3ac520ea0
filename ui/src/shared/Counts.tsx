import { Fragment } from 'react';

import classes from './Counts.module.css';

/** One figure among the counts of a page. */
export interface Figure {
  name: string;
  value: string;
  /** What is counted; nothing where the value says it. */
  unit?: string;
  tone?: 'bad' | 'quiet' | 'unknown';
}

/** Large figures in a row, in groups with a line between them. */
export function Counts({ groups, testId }: { groups: readonly (readonly Figure[])[]; testId?: string }) {
  return (
    <dl className={classes.counts} data-testid={testId}>
      {groups.map((group, index) => (
        <Fragment key={group[0]?.name}>
          {index > 0 && <div className={classes.gap} />}
          {group.map(({ name, value, unit, tone }) => (
            <div key={name} className={tone && classes[tone]}>
              <dt>{name}</dt>
              <dd>
                {value}
                {unit && <span>{unit}</span>}
              </dd>
            </div>
          ))}
        </Fragment>
      ))}
    </dl>
  );
}
