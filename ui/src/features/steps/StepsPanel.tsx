import { Button, Menu } from '@mantine/core';
import { IconDeviceFloppy, IconPlus, IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ProjectRow, StepTimeView, StepView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { SelectionBar } from '../../shared/SelectionBar';
import { STEP_KINDS, StepKindIcon } from '../../shared/stepKinds';
import { stepsQuery } from './queries';
import { StepDialog } from './StepDialog';
import {
  draftOf,
  hasChanged,
  moved,
  newKinds,
  newStep,
  pausesThere,
  requestOf,
  stepsAt,
  withStep,
  type DraftStep,
  type NewKind,
} from './stepDraft';
import { StepRow, type StepActs } from './StepRow';
import classes from './StepsPanel.module.css';

type StepsOf = Pick<ProjectRow, 'id' | 'name' | 'hasDatabase' | 'platform'>;

const TIMES: Record<StepTimeView, { title: string; none: string }> = {
  before: { title: 'Before the restore', none: 'Nothing. What has to stand still meanwhile is paused here.' },
  after: { title: 'After the restore', none: 'Nothing. What was paused before is resumed here.' },
};

function Add({
  when,
  pauses,
  onAdd,
}: {
  when: StepTimeView;
  pauses: boolean;
  onAdd: (kind: NewKind) => void;
}) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button size="xs" leftSection={<IconPlus aria-hidden />} data-testid={`add-step-${when}`}>
          Add a step
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {newKinds(when, pauses).map((kind) => (
          <Menu.Item
            key={kind}
            leftSection={<StepKindIcon kind={kind} />}
            onClick={() => onAdd(kind)}
            data-testid={`add-${kind}`}
          >
            {STEP_KINDS[kind]}
          </Menu.Item>
        ))}
        <Menu.Label>SQL and programs: on the command line</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}

interface PartProps extends StepActs {
  when: StepTimeView;
  pauses: boolean;
  steps: readonly DraftStep[];
  onAdd: (kind: NewKind) => void;
}

function Part({ when, pauses, steps, onAdd, ...acts }: PartProps) {
  const shown = stepsAt(steps, when);
  const { title, none } = TIMES[when];
  return (
    <section aria-label={title}>
      <div className={classes.head}>
        <h3>{title}</h3>
        <Add when={when} pauses={pauses} onAdd={onAdd} />
      </div>
      {shown.length === 0 ? (
        <Text pad={3} tone="quiet" size="sm">
          {none}
        </Text>
      ) : (
        <ol className={classes.list}>
          {shown.map((step, at) => (
            <StepRow
              key={step.key}
              step={step}
              number={at + 1}
              isFirst={at === 0}
              isLast={at === shown.length - 1}
              {...acts}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

function Editor({ project, saved }: { project: StepsOf; saved: readonly StepView[] }) {
  // What the draft was made from; the engine may know other steps by now, from the command line.
  const [base, setBase] = useState(saved);
  const [steps, setSteps] = useState(() => draftOf(saved));
  const [edited, setEdited] = useState<DraftStep | null>(null);
  const take = (known: readonly StepView[]) => {
    setBase(known);
    setSteps(draftOf(known));
  };
  const save = useCommand('recovery_steps_set', { onSuccess: take });
  const isChanged = hasChanged(steps, base);
  const isOutrun = JSON.stringify(saved) !== JSON.stringify(base);
  if (isOutrun && !isChanged && edited === null && !save.isPending) take(saved);
  const acts: StepActs = {
    onMove: (key, by) => {
      const next = moved(steps, key, by);
      setSteps(next);
      const step = next.find((one) => one.key === key);
      if (step) announce(`${step.title} is now number ${stepsAt(next, step.when).indexOf(step) + 1}.`);
    },
    onEdit: setEdited,
    onRemove: (key) => setSteps(steps.filter((step) => step.key !== key)),
  };
  const part = (when: StepTimeView) => (
    <Part
      when={when}
      pauses={pausesThere(project.platform)}
      steps={steps}
      onAdd={(kind) => setEdited(newStep(kind, when))}
      {...acts}
    />
  );

  return (
    <Stack gap={5} top={5} max={60}>
      <Text max={46} tone="soft" size="md">
        What has to happen around a restore: pause the project, empty a cache, look, resume. The steps run in
        this order whenever a restore changes {project.name}
        {project.platform === null
          ? ', or its undo does'
          : project.hasDatabase
            ? ', from here or at its platform'
            : ' at its platform'}
        . They stand in its plan, and what came of each in its run. Drills and new databases leave them out.
      </Text>
      {part('before')}
      <p className={classes.middle}>
        <IconShieldCheck size={18} stroke={1.75} aria-hidden />
        Safety backup, restore, checks
      </p>
      {part('after')}
      <Equivalent asked={{ of: 'steps_set', request: { project: project.name } }} />
      {isOutrun && isChanged && !save.isPending && (
        <Note
          state="warn"
          title="The steps were changed elsewhere meanwhile."
          testId="steps-outrun"
          acts={<Button onClick={() => take(saved)}>Show those, without my changes</Button>}
        >
          Saving puts yours in their place.
        </Note>
      )}
      {save.error && <ErrorPanel error={save.error} title="The steps are not saved." />}
      {isChanged && (
        <SelectionBar subject="Changes that are not saved" detail="Plans that were made before become stale.">
          <Button
            disabled={save.isPending}
            onClick={() => {
              save.reset();
              take(saved);
            }}
          >
            Discard
          </Button>
          <Button
            variant="filled"
            leftSection={<IconDeviceFloppy aria-hidden />}
            loading={save.isPending}
            onClick={() => save.mutate({ project: project.id, steps: requestOf(steps) })}
            data-testid="save-steps"
          >
            Save the steps
          </Button>
        </SelectionBar>
      )}
      <StepDialog
        step={edited}
        others={steps}
        onClose={() => setEdited(null)}
        onDone={(step) => {
          setSteps(withStep(steps, step));
          setEdited(null);
        }}
      />
    </Stack>
  );
}

/** What the project wants done before and after it is restored. */
export function StepsPanel({ project }: { project: StepsOf }) {
  const { data, error, refetch } = useQuery(stepsQuery(project.id));
  if (error && !data)
    return (
      <ErrorPanel
        error={error}
        title="The recovery steps could not be read."
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <LoadingLines what="the recovery steps" />;
  return <Editor project={project} saved={data} />;
}
