import { ActionIcon, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPencil, IconTrash } from '@tabler/icons-react';
import { useRef, type KeyboardEvent } from 'react';

import { Chip } from '../../shared/Chip';
import { elapsed } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
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

interface RowActProps {
  label: string;
  /** The step's title: what the act is about, for those who hear it. */
  of: string;
  icon: typeof IconPencil;
  isOff?: boolean;
  onClick: () => void;
}

function RowAct({ label, of, icon: Icon, isOff = false, onClick }: RowActProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" aria-label={`${label}: ${of}`} disabled={isOff} onClick={onClick}>
        <Icon aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** One step: what it does, what its failure means, and its place, which Alt with an arrow key changes too. */
export function StepRow({ step, number, isFirst, isLast, onMove, onEdit, onRemove }: StepRowProps) {
  const row = useRef<HTMLLIElement>(null);
  /** Moves it, and keeps the focus in it: a row that moves may lose it, and so does a button that is off at the end. */
  const move = (by: 1 | -1) => {
    onMove(step.key, by);
    requestAnimationFrame(() => {
      const hasFocus =
        row.current?.contains(document.activeElement) && document.activeElement?.matches(':enabled');
      if (!hasFocus) row.current?.querySelector<HTMLButtonElement>('button:enabled')?.focus();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key] as 1 | -1 | undefined;
    if (!event.altKey || by === undefined) return;
    event.preventDefault();
    move(by);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- its buttons have the focus; the arrows move the step
    <li ref={row} className={classes.row} onKeyDown={onKeyDown} data-testid={`step-${step.title}`}>
      <Text as="span" tone="quiet" size="sm" leading={1.4} right figures>
        {number}
      </Text>
      <Text as="span" tone="quiet" leading={1}>
        <StepKindIcon kind={step.act.kind} />
      </Text>
      <div className={classes.words}>
        <b>{step.title}</b>
        <p className={classes.act}>
          <Words text={actWords(step.act)} />
        </p>
        <Row as="p" gap={[1, 2]} wraps top={1.5} tone="quiet" size="xs">
          <Chip>{step.critical ? 'critical' : 'only warns'}</Chip>
          {step.when === 'after' && step.alsoAfterFailure && <Chip>also when the restore failed</Chip>}
          <span>at most {elapsed(step.timeoutSeconds * 1000)}</span>
        </Row>
      </div>
      <div className={classes.acts}>
        <RowAct label="Move up" of={step.title} icon={IconArrowUp} isOff={isFirst} onClick={() => move(-1)} />
        <RowAct
          label="Move down"
          of={step.title}
          icon={IconArrowDown}
          isOff={isLast}
          onClick={() => move(1)}
        />
        <RowAct label="Edit" of={step.title} icon={IconPencil} onClick={() => onEdit(step)} />
        <RowAct label="Remove" of={step.title} icon={IconTrash} onClick={() => onRemove(step.key)} />
      </div>
    </li>
  );
}
