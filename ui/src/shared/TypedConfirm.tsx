import { useId, type KeyboardEvent } from 'react';

import classes from './TypedConfirm.module.css';

export interface TypedConfirmProps {
  /** What has to be typed. */
  expected: string;
  value: string;
  onChange: (value: string) => void;
  /** What the typed name stands for: `the name of the new database`. */
  what: string;
  testId?: string;
}

/** Whether the typed text is the expected one, to the letter. */
export function isConfirmed(expected: string, value: string): boolean {
  return value === expected;
}

/** The name of what is about to change, typed by hand. Enter does nothing here: the act has its own button. */
export function TypedConfirm({ expected, value, onChange, what, testId }: TypedConfirmProps) {
  const id = useId();
  const done = isConfirmed(expected, value);
  const wrong = value !== '' && !expected.startsWith(value);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') event.preventDefault();
  };

  return (
    <div>
      <label className={classes.label} htmlFor={id}>
        Type {what}, <code>{expected}</code>
      </label>
      <input
        id={id}
        className={classes.field}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        aria-describedby={`${id}-state`}
        aria-invalid={wrong}
        autoComplete="off"
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
        data-testid={testId}
      />
      <p
        id={`${id}-state`}
        className={done ? `${classes.state} ${classes.right}` : classes.state}
        aria-live="polite"
      >
        {done ? 'The name is right.' : wrong ? `That is not ${expected}.` : ''}
      </p>
    </div>
  );
}
