import { Textarea } from '@mantine/core';

import type { RestorePlanView } from '../../ipc/bindings';
import { RadioRows } from '../../shared/RadioRows';
import { Words } from '../../shared/Words';
import step from './Step.module.css';

interface SafetyStepProps {
  plan: RestorePlanView;
  /** Why none is wanted; absent while one is. */
  reason: string | null;
  onReason: (reason: string | null) => void;
  /** Whether others may write while it is made. */
  letsWrite?: boolean;
  onLetsWrite?: (letsWrite: boolean) => void;
}

/** What is left without one. */
function withoutOne({ strategy, mode }: RestorePlanView): string {
  if (strategy === 'swap') return 'The old database stays beside the restored one, and is the only way back.';
  if (mode === 'beside') return 'No table that is there is touched, and the new ones can be dropped again.';
  if (mode === 'missing_rows')
    return 'There is no way back: afterwards nothing tells the added rows from the others.';
  return 'There is no way back from what this plan replaces.';
}

/** A backup of the target as it is now, before anything happens to it. To decline it takes a reason. */
export function SafetyStep({ plan, reason, onReason, letsWrite = false, onLetsWrite }: SafetyStepProps) {
  if (plan.safety.kind === 'not_needed')
    return (
      <div className={step.read}>
        <h1>No safety backup is needed.</h1>
        <p className={step.lead}>Nothing that exists is changed, so nothing can be lost.</p>
      </div>
    );
  const canWrite = onLetsWrite !== undefined && (plan.letsWritersWrite ?? null) !== null;
  const project = plan.safety.kind === 'planned' ? plan.safety.project : plan.targetDatabase;
  return (
    <div className={step.read}>
      <h1>A backup of what is there now, first?</h1>
      <p className={step.lead}>
        It is made and read back before {plan.targetDatabase} is touched. If it fails, the restore does not
        start.
      </p>
      <div className={step.options}>
        <RadioRows<'on' | 'meanwhile' | 'off'>
          label="Safety backup"
          name="restore-safety"
          value={reason !== null ? 'off' : letsWrite ? 'meanwhile' : 'on'}
          onChange={(value) => {
            onReason(value === 'off' ? '' : null);
            onLetsWrite?.(value === 'meanwhile');
          }}
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
                      'What they commit while it is made is in no backup: it is counted, named in the report, and kept as text in a schema of its own.',
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
                  value={reason ?? ''}
                  onChange={(event) => onReason(event.currentTarget.value)}
                  rows={3}
                  data-testid="safety-reason"
                />
              ),
            },
          ]}
        />
      </div>
      {reason === null && plan.safety.kind === 'planned' && (
        <p className={step.note}>
          <span className={step.quiet}>
            Undo: <Words text={plan.undo} />
          </span>
        </p>
      )}
    </div>
  );
}
