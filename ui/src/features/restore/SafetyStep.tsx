import { Textarea } from '@mantine/core';

import type { RestorePlanView } from '../../ipc/bindings';
import { Block, Text } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { Words } from '../../shared/Words';
import type { SafetyChoice } from './planState';
import step from './Step.module.css';

interface SafetyStepProps {
  plan: RestorePlanView;
  safety: SafetyChoice;
  onChoose: (safety: SafetyChoice) => void;
  /** Whether others can be let write while it is made. */
  canLetWrite?: boolean;
}

/** What is left without one. */
function withoutOne({ strategy, mode }: RestorePlanView): string {
  if (strategy === 'swap') return 'The old database stays beside the restored one, and is the only way back.';
  if (mode === 'beside') return 'No table that is there is touched, and the new ones can be dropped again.';
  if (mode === 'missing_rows')
    return 'There is no way back: afterwards nothing tells the added rows from the others.';
  if (mode === 'merge')
    return 'There is no way back but by hand: the later backup has the values that are set back.';
  return 'There is no way back from what this plan replaces.';
}

/** A backup of the target as it is now, before anything happens to it. To decline it takes a reason. */
export function SafetyStep({ plan, safety, onChoose, canLetWrite = false }: SafetyStepProps) {
  if (plan.safety.kind === 'not_needed')
    return (
      <Block max={45}>
        <h1>No safety backup is needed.</h1>
        <p className={step.lead}>Nothing that exists is changed, so nothing can be lost.</p>
      </Block>
    );
  const canWrite = canLetWrite && (plan.letsWritersWrite ?? null) !== null;
  const project = plan.safety.kind === 'planned' ? plan.safety.project : plan.targetDatabase;
  return (
    <Block max={45}>
      <h1>A backup of what is there now, first?</h1>
      <p className={step.lead}>
        It is made and read back before {plan.targetDatabase} is touched. If it fails, the restore does not
        start.
      </p>
      <Block top={6}>
        <RadioRows<SafetyChoice['kind']>
          label="Safety backup"
          name="restore-safety"
          value={safety.kind}
          onChange={(kind) => onChoose(kind === 'off' ? { kind, reason: '' } : { kind })}
          rows={[
            {
              value: 'on',
              testId: 'safety-on',
              title: `Back up ${project} first`,
              aside: 'on by default',
              detail: `It adds what changed since the last one, and is listed with the other backups as “before restore of …”.${canWrite ? ' Others wait until it is made, so that no row is in neither copy.' : ''}`,
            },
            ...(canWrite
              ? [
                  {
                    value: 'meanwhile' as const,
                    testId: 'safety-meanwhile',
                    title: 'Back up first, and let others write meanwhile',
                    detail:
                      'Rows that they add or change while it is made are in no backup: they are counted, named in the report, and kept as text in a schema of its own. Rows that they delete are not counted.',
                  },
                ]
              : []),
            {
              value: 'off',
              testId: 'safety-off',
              title: 'Without a safety backup',
              detail: withoutOne(plan),
              fields: (
                <Textarea
                  label="Why none is wanted"
                  description="It is kept in the audit log and said in the plan, which is made anew."
                  inputWrapperOrder={['label', 'input', 'description', 'error']}
                  value={safety.kind === 'off' ? safety.reason : ''}
                  onChange={(event) => onChoose({ kind: 'off', reason: event.currentTarget.value })}
                  rows={3}
                  data-testid="safety-reason"
                />
              ),
            },
          ]}
        />
      </Block>
      {safety.kind !== 'off' && plan.safety.kind === 'planned' && (
        <Block as="p" top={4}>
          <Text as="span" tone="quiet" size="xs">
            Undo: <Words text={plan.undo} />
          </Text>
        </Block>
      )}
    </Block>
  );
}
