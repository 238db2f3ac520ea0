import { ActionIcon, Button, NativeSelect } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';

import type { GoalStandingView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { span } from '../../shared/format';
import { Block, Stack, Text } from '../../shared/Layout';
import { RecoveryGauge } from '../../shared/RecoveryGauge';
import { read, type Span } from './draft';
import css from './Goals.module.css';
import { SpanField } from './SpanField';

const capital = (words: string) => words.replace(/^./, (letter) => letter.toUpperCase());

type Props = { project: ProjectRow; standing: GoalStandingView };

function Add({ project, standing, onClose }: Props & { onClose: () => void }) {
  const [component, setComponent] = useState(standing.goalComponents[0]?.component ?? 'database');
  const [rpo, setRpo] = useState<Span>({ text: '', unit: 'hours' });
  const ms = read(rpo);
  const set = useCommand('goal_component_set', {
    onSuccess: () => {
      announce('The goal is set.');
      onClose();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof ms === 'number') set.mutate({ project: project.id, component, rpoMs: ms });
  };
  return (
    <Stack as="form" gap={3} max={46} onSubmit={onSubmit}>
      <div className={css.addFields}>
        <NativeSelect
          label="Of its"
          value={component}
          data={standing.goalComponents.map(({ component: value, words }) => ({ value, label: words }))}
          onChange={({ currentTarget }) => {
            const chosen = standing.goalComponents.find((one) => one.component === currentTarget.value);
            if (chosen) setComponent(chosen.component);
          }}
          data-testid="component"
        />
        <SpanField label="Lose at most" value={rpo} onChange={setRpo} testId="component-rpo" />
        <Button
          type="submit"
          variant="filled"
          disabled={typeof ms !== 'number'}
          loading={set.isPending}
          data-testid="set-component"
        >
          Set it
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
      {ms === 'wrong' && (
        <Text tone="danger" size="sm">
          Give a whole number, of at least a minute and at most a year.
        </Text>
      )}
      {set.error && <ErrorPanel error={set.error} title="The goal was not set." />}
      {typeof ms === 'number' && (
        <Equivalent
          asked={{ of: 'goal_component_set', request: { project: project.name, component, rpoMs: ms } }}
        />
      )}
    </Stack>
  );
}

/** Parts of a project that may lose less than the rest of it. */
export function Components({ project, standing }: Props) {
  const [isAdding, setAdding] = useState(false);
  const remove = useCommand('goal_component_set');
  if (standing.goalComponents.length === 0 && standing.components.length === 0) return null;
  return (
    <div className={css.components}>
      {standing.components.length > 0 && (
        <Block as="ul" bottom={2} max={46} ruled="over">
          {standing.components.map(({ component, words, rpoMs, atMs, isOver }) => (
            <Stack
              as="li"
              key={component}
              columns="minmax(0, 1fr) 10rem 8rem auto"
              gap={3}
              align="center"
              pad={2}
              ruled="under"
              size="sm"
              data-testid={`component-${component}`}
            >
              <Block as="span" shrinks>
                <b>{capital(words)}</b> <span className={css.small}>lose at most {span(rpoMs)}</span>
              </Block>
              <Block as="span" shrinks>
                <RecoveryGauge atMs={atMs} goalMs={rpoMs} />
              </Block>
              <span className={isOver ? css.over : css.small}>
                {isOver ? (atMs === null ? 'no verified copy of it' : 'over its goal') : 'inside its goal'}
              </span>
              <ActionIcon
                variant="subtle"
                aria-label={`Take the goal of its ${words} away`}
                loading={remove.isPending && remove.variables.component === component}
                onClick={() => remove.mutate({ project: project.id, component, rpoMs: null })}
                data-testid={`no-goal-${component}`}
              >
                <IconX aria-hidden />
              </ActionIcon>
            </Stack>
          ))}
        </Block>
      )}
      {remove.error && <ErrorPanel error={remove.error} title="The goal was not taken away." />}
      {isAdding ? (
        <Add project={project} standing={standing} onClose={() => setAdding(false)} />
      ) : (
        standing.goalComponents.length > 0 && (
          <Button size="xs" variant="subtle" onClick={() => setAdding(true)} data-testid="add-component">
            A part may lose less than the rest…
          </Button>
        )
      )}
    </div>
  );
}
