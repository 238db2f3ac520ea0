import { useRef, type KeyboardEvent } from 'react';

import classes from './Segmented.module.css';

export interface SegmentedOption<Value extends string> {
  value: Value;
  label: string;
  testId?: string;
}

export interface SegmentedProps<Value extends string> {
  /** What is chosen, for those who do not see the row. */
  label: string;
  value: Value;
  options: readonly SegmentedOption<Value>[];
  onChange: (value: Value) => void;
}

/** One choice of a few short ones, all in sight. Arrow keys move the choice, as in a group of radio buttons. */
export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  const group = useRef<HTMLDivElement>(null);

  const choose = (index: number) => {
    const option = options[(index + options.length) % options.length];
    if (!option) return;
    onChange(option.value);
    group.current?.querySelectorAll('button')[options.indexOf(option)]?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const at = options.findIndex((option) => option.value === value);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    // The list around it must not move its own selection.
    event.stopPropagation();
    choose(at + step);
  };

  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- one of its choices has the focus
    <div ref={group} className={classes.seg} role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          className={classes.option}
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          data-testid={option.testId}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
