import type { RestorePlanView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted, moment } from '../../shared/format';
import { TypedConfirm } from '../../shared/TypedConfirm';
import { Words } from '../../shared/Words';
import classes from './ConfirmStep.module.css';

/** What the last button says: the act itself. */
export const actOf = (plan: RestorePlanView): string => `Create ${plan.targetDatabase} with ${counted(plan.tables.length, 'table')}`;

interface ConfirmStepProps {
  plan: RestorePlanView;
  typed: string;
  onType: (typed: string) => void;
  error: unknown;
}

/** The last step: what is about to happen in one sentence, and the target's name typed by hand. */
export function ConfirmStep({ plan, typed, onType, error }: ConfirmStepProps) {
  return (
    <div className={classes.inner}>
      <h1>{actOf(plan)}?</h1>
      <p className={classes.lead}>
        On <Words text={plan.target} />, with {plan.rows === null ? 'the rows' : `${count(plan.rows)} rows`} of {plan.project} as it was {moment(plan.atMs)}. Afterwards every table is counted and compared with
        the backup, and the run says pass, fail or inconclusive.
      </p>
      <div className={classes.typed}>
        <TypedConfirm expected={plan.targetDatabase} what="the name of the new database" value={typed} onChange={onType} testId="confirm-name" />
      </div>
      {error !== null && <ErrorPanel error={error} />}
    </div>
  );
}
