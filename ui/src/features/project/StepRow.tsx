import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconTrash } from '@tabler/icons-react';
import type { KeyboardEvent } from 'react';

import { Chip } from '../../shared/Chip';
import { elapsed } from '../../shared/format';
import { StepKindIcon } from '../../shared/stepKinds';
import { Words } from '../../shared/Words';
import { actWords, type DraftStep } from './stepDraft';
import classes from './StepsPanel.module.css';

export interface StepActs {
  onMove: (key: string, by: 1 | -1) => void;
  onEdit: (step: DraftStep) => void;
  onRemove: (key: string) => void;
}

interface StepRowProps extends StepActs {
  step: DraftStep;
  number: number;
  isFirst: boolean;
  isLast: boolean;
}

/** One step: what it does, what its failure means, and its place, which Alt with an arrow key changes too. */
export function StepRow({ step, number, isFirst, isLast, onMove, onEdit, onRemove }: StepRowProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key] as 1 | -1 | undefined;
    if (!event.altKey || by === undefined) return;
    event.preventDefault();
    onMove(step.key, by);
  };
  const act = (label: string, Icon: typeof IconPencil, onClick: () => void, isOff = false) => (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" aria-label={`${label}: ${step.title}`} disabled={isOff} onClick={onClick}>
        <Icon aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <li className={classes.row} onKeyDown={onKeyDown} data-testid={`step-${step.title}`}>
      <span className={classes.number}>{number}</span>
      <span className={classes.kind}>
        <StepKindIcon kind={step.act.kind} />
      </span>
      <div className={classes.words}>
        <b>{step.title}</b>
        <p className={classes.act}>
          <Words text={actWords(step.act)} />
        </p>
        <p className={classes.marks}>
          <Chip>{step.critical ? 'critical' : 'only warns'}</Chip>
          {step.when === 'after' && step.alsoAfterFailure && <Chip>also when the restore failed</Chip>}
          <span>at most {elapsed(step.timeoutSeconds * 1000)}</span>
        </p>
      </div>
      <div className={classes.acts}>
        {act('Move up', IconArrowUp, () => onMove(step.key, -1), isFirst)}
        {act('Move down', IconArrowDown, () => onMove(step.key, 1), isLast)}
        {act('Edit', IconPencil, () => onEdit(step))}
        {act('Remove', IconTrash, () => onRemove(step.key))}
      </div>
    </li>
  );
}
