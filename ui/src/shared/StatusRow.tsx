import type { ReactNode } from 'react';

import type { ProjectState } from '../ipc/bindings';
import { Block, Text } from './Layout';
import { StateIcon } from './StateIcon';
import classes from './StatusRow.module.css';

export interface StatusRowProps {
  state: ProjectState;
  percent?: number | null;
  title: ReactNode;
  /** The state as a word, beside the title. */
  word: string;
  /** At the right of the title. */
  figure?: ReactNode;
  detail: ReactNode;
  /** At the right of the detail; goes when the window is narrow. */
  pace?: ReactNode;
  /** Not begun, or not tried: quieter. */
  isQuiet?: boolean;
  isCurrent?: boolean;
  testId?: string;
  /** Below both lines: a bar. */
  children?: ReactNode;
}

/** One line of a course of things: a phase of a run, a level of proof. Icon, name, word, what it is, figures at the right. */
export function StatusRow({
  state,
  percent,
  title,
  word,
  figure,
  detail,
  pace,
  isQuiet = false,
  isCurrent = false,
  testId,
  children,
}: StatusRowProps) {
  return (
    <li
      className={isQuiet ? `${classes.row} ${classes.quiet}` : classes.row}
      aria-current={isCurrent ? 'step' : undefined}
      data-testid={testId}
    >
      <StateIcon state={state} size={18} percent={percent} />
      <Block fills>
        <div className={classes.line}>
          <span className={classes.title}>
            {title} <span className={`${classes.word} tone-${state}`}>{word}</span>
          </span>
          {figure && (
            <Text as="span" weight="medium" keeps figures>
              {figure}
            </Text>
          )}
        </div>
        <div className={`${classes.line} ${classes.detail}`}>
          <span>{detail}</span>
          {pace && <span>{pace}</span>}
        </div>
        {children}
      </Block>
    </li>
  );
}
