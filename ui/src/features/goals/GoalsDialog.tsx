import { Button, Checkbox, Modal, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { GoalPresetView, GoalStandingView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, span } from '../../shared/format';
import { Block, Row, Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { RadioRows } from '../../shared/RadioRows';
import { draftOf, goalOfDraft, lackOf, type Draft } from './draft';
import css from './Goals.module.css';
import { ProposalLines } from './Proposal';
import { presetsQuery } from './queries';
import { SpanField } from './SpanField';

const DETAILS: Record<string, string> = {
  financial: 'Payments, orders, ledgers.',
  user_data: 'What people entered and would have to enter again.',
  standard: 'Most things.',
  analytics: 'What can be computed again.',
};

/** The figures of a category in one line. */
const figuresOf = ({ goal }: GoalPresetView): string =>
  `lose at most ${span(goal.rpoMs)}, back within ${span(goal.rtoMs)}; ${counted(goal.copies, 'copy', 'copies')}, a drill every ${span(goal.drillEveryMs)}`;

function Figures({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const [isOpen, setOpen] = useState(draft.copies !== null || draft.drills.text !== '' || draft.isWhole);
  return (
    <Row gap={[3, 5]} align="end" wraps>
      <SpanField
        label="Lose at most"
        value={draft.rpo}
        onChange={(rpo) => onChange({ ...draft, rpo })}
        testId="goal-rpo"
      />
      <SpanField
        label="Be back within"
        value={draft.rto}
        onChange={(rto) => onChange({ ...draft, rto })}
        testId="goal-rto"
      />
      <details
        className={css.more}
        open={isOpen}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary data-testid="goal-more">Copies and drills</summary>
        <Row gap={[3, 5]} align="end" wraps>
          <NumberInput
            label="Copies, the original among them"
            placeholder="no goal"
            value={draft.copies ?? ''}
            min={1}
            max={20}
            allowDecimal={false}
            onChange={(value) => onChange({ ...draft, copies: typeof value === 'number' ? value : null })}
            data-testid="goal-copies"
          />
          <SpanField
            label="A drill at least every"
            value={draft.drills}
            onChange={(drills) => onChange({ ...draft, drills })}
            testId="goal-drills"
          />
        </Row>
        <Block top={3}>
          <Checkbox
            label="Only a drill that left nothing out counts"
            description="Without an extension that this computer lacks, a drill leaves out what needs it."
            checked={draft.isWhole}
            onChange={({ currentTarget }) => onChange({ ...draft, isWhole: currentTarget.checked })}
            data-testid="goal-whole"
          />
        </Block>
      </details>
    </Row>
  );
}

type FormProps = {
  project: ProjectRow;
  standing: GoalStandingView;
  presets: readonly GoalPresetView[];
  onSaved: () => void;
  onClose: () => void;
};

function Form({ project, standing, presets, onSaved, onClose }: FormProps) {
  const [draft, setDraft] = useState(() => draftOf(standing));
  const lack = lackOf(draft);
  const set = useCommand('goal_set', {
    onSuccess: () => {
      announce('The goals are set.');
      onSaved();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lack === null) set.mutate({ project: project.id, goal: goalOfDraft(draft) });
  };
  return (
    <Stack as="form" gap={4} columns={1} onSubmit={onSubmit}>
      <Text tone="soft" breaks>
        If {project.name} were lost now: how much of its newest data could you do without, and how soon would
        you need it back?
      </Text>
      <RadioRows
        label="How much may be lost, and how soon it has to be back"
        name="goal-category"
        value={draft.category}
        onChange={(category) => {
          const preset = presets.find(({ goal }) => goal.category === category);
          // What a drill has to be is no part of a preset.
          setDraft(
            preset ? { ...draftOf(preset.goal), isWhole: draft.isWhole } : { ...draft, category: 'own' },
          );
        }}
        rows={[
          ...presets.map((preset) => ({
            value: preset.goal.category ?? 'own',
            title: preset.title,
            aside: DETAILS[preset.goal.category ?? ''],
            detail: figuresOf(preset),
            testId: `goal-${preset.goal.category}`,
          })),
          {
            value: 'own' as const,
            title: 'Goals of your own',
            detail: 'An empty field is no goal.',
            testId: 'goal-own',
            fields: <Figures draft={draft} onChange={setDraft} />,
          },
        ]}
      />
      {set.error && <ErrorPanel error={set.error} title="The goals were not set." />}
      <Equivalent
        asked={
          lack === null
            ? { of: 'goal_set', request: { project: project.name, goal: goalOfDraft(draft) } }
            : null
        }
      />
      <DialogFoot reason={lack ?? 'Nothing else is set by this: what would hold them is shown next.'}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          disabled={lack !== null}
          loading={set.isPending}
          data-testid="set-goals"
        >
          Set the goals
        </Button>
      </DialogFoot>
    </Stack>
  );
}

/** Two questions first; once they are answered, what would hold them, line by line. */
export function GoalsDialog({
  project,
  standing,
  onClose,
}: {
  project: ProjectRow;
  standing: GoalStandingView;
  onClose: () => void;
}) {
  const presets = useQuery(presetsQuery());
  const [isSaved, setSaved] = useState(false);
  return (
    <Modal
      opened
      onClose={onClose}
      title={isSaved ? `What would hold the goals of ${project.name}` : `Goals of ${project.name}`}
      size="42rem"
    >
      {presets.error && <ErrorPanel error={presets.error} onRetry={() => void presets.refetch()} />}
      {!presets.data && !presets.error && <LoadingLines what="the goals" />}
      {presets.data && !isSaved && (
        <Form
          project={project}
          standing={standing}
          presets={presets.data}
          onSaved={() => setSaved(true)}
          onClose={onClose}
        />
      )}
      {isSaved && (
        <Stack gap={4} columns={1}>
          <ProposalLines project={project} standing={standing} />
          <DialogFoot reason="Schedules and retention stay as they are until you take a line over.">
            <Button onClick={onClose} data-testid="goals-done">
              Done
            </Button>
          </DialogFoot>
        </Stack>
      )}
    </Modal>
  );
}
