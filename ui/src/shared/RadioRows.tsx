import { useId, type ReactNode } from 'react';

import { Text } from './Layout';
import classes from './RadioRows.module.css';

export interface RadioRow<Value extends string> {
  value: Value;
  title: ReactNode;
  /** Beside the title, quieter. */
  aside?: ReactNode;
  detail?: ReactNode;
  /** At the right: a proof, a distance. */
  end?: ReactNode;
  /** Why it cannot be chosen stands in its detail. */
  isOff?: boolean;
  testId?: string;
  /** What belongs to the chosen row alone: its fields. */
  fields?: ReactNode;
}

interface RadioRowsProps<Value extends string> {
  label: string;
  /** Heading above the rows, where there are several groups of one choice. */
  heading?: ReactNode;
  /** Groups of one choice share the name. */
  name: string;
  value: Value | null;
  rows: readonly RadioRow<Value>[];
  onChange: (value: Value) => void;
  /** Whether a dialog that opens puts the focus here. */
  isFirst?: boolean;
}

/** One decision: rows with a title and what it means, one of them chosen. The whole row is the target. */
export function RadioRows<Value extends string>({
  label,
  heading,
  name,
  value,
  rows,
  onChange,
  isFirst = false,
}: RadioRowsProps<Value>) {
  const id = useId();
  return (
    <div>
      {heading !== undefined && (
        <Text id={id} as="h3" top={6} bottom={2} tone="soft" weight="medium">
          {heading}
        </Text>
      )}
      <div
        className={classes.options}
        role="radiogroup"
        {...(heading === undefined ? { 'aria-label': label } : { 'aria-labelledby': id })}
      >
        {rows.map((row) => (
          <div key={row.value} className={classes.option} data-off={row.isOff || undefined}>
            <label className={classes.row}>
              <input
                type="radio"
                name={name}
                value={row.value}
                checked={value === row.value}
                disabled={row.isOff}
                onChange={() => onChange(row.value)}
                data-autofocus={(isFirst && value === row.value) || undefined}
                data-testid={row.testId}
              />
              <Text as="span" fills breaks>
                <span className={classes.title}>{row.title}</span>
                {row.aside !== undefined && <span className={classes.aside}>{row.aside}</span>}
                {row.detail !== undefined && (
                  <Text as="span" block tone="soft" size="sm">
                    {row.detail}
                  </Text>
                )}
              </Text>
              {row.end !== undefined && <span className={classes.end}>{row.end}</span>}
            </label>
            {value === row.value && row.fields && <div className={classes.fields}>{row.fields}</div>}
          </div>
        ))}
      </div>
    </div>
  );
}
