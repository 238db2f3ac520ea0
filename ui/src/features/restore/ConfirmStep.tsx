import type { RestorePlanView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Row } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { TypedConfirm } from '../../shared/TypedConfirm';
import { Words } from '../../shared/Words';
import classes from './ConfirmStep.module.css';
import { isNew, previewSentence, sessionsToEnd } from './planWords';
import step from './Step.module.css';

interface ConfirmStepProps {
  plan: RestorePlanView;
  typed: string;
  onType: (typed: string) => void;
  error: unknown;
}

const SAFETY = {
  planned: 'made and read back first',
  declined: 'none is made',
  not_needed: 'not needed',
} as const;

/** What the typed name is the name of. */
function nameOf(plan: RestorePlanView): string {
  if (plan.strategy === 'drop' && plan.mode === 'beside') return 'the name of the schema';
  return isNew(plan) ? 'the name of the new database' : 'the name of the database';
}

/** The last step: the act, what it costs, and the target's name typed by hand. */
export function ConfirmStep({ plan, typed, onType, error }: ConfirmStepProps) {
  const ends = sessionsToEnd(plan);
  const isTidying = plan.strategy === 'drop' || plan.strategy === 'swap_back';
  return (
    <Block max={45}>
      <Row as="h1" gap={2.5} breaks>
        {plan.act}?
      </Row>
      <p className={step.lead}>
        On <Words text={plan.target} />
        {plan.targetLabel && `, ${plan.targetLabel}`}.
        {!isTidying &&
          ' Afterwards tables are counted and compared with the backup, and the run says pass, fail or inconclusive.'}
      </p>
      <div className={classes.receipt}>
        <KeyValue
          rows={[
            { name: 'Effect', value: previewSentence(plan) },
            ...(isTidying
              ? []
              : [{ name: 'Moment', value: <Moment ms={plan.atMs} />, note: `of ${plan.project}` }]),
            ...(isNew(plan) || isTidying
              ? []
              : [
                  {
                    name: 'Safety backup',
                    value: SAFETY[plan.safety.kind],
                    note: plan.safety.kind === 'declined' ? plan.safety.reason : undefined,
                  },
                ]),
            ...(ends > 0
              ? [{ name: 'Sessions', value: `${counted(ends, 'session')} ended, with your consent` }]
              : []),
            { name: 'Undo', value: <Words text={plan.undo} /> },
          ]}
        />
      </div>
      <TypedConfirm
        expected={plan.targetDatabase}
        what={nameOf(plan)}
        value={typed}
        onChange={onType}
        testId="confirm-name"
      />
      {error !== null && (
        <Block top={4}>
          <ErrorPanel error={error} />
        </Block>
      )}
    </Block>
  );
}
