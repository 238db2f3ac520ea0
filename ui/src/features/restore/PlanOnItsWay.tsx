import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import step from './Step.module.css';

interface PlanOnItsWayProps {
  isPending: boolean;
  error: unknown;
  onRetry: () => void;
}

/** A plan that is being made, or could not be: the backup and the target are only read. */
export function PlanOnItsWay({ isPending, error, onRetry }: PlanOnItsWayProps) {
  if (isPending)
    return (
      <div className={step.wide}>
        <h1>Looking at the backup and the target.</h1>
        <p className={step.lead}>
          Rows are counted on both sides, and compared by their keys where that is quick.
        </p>
        <Block top={6}>
          <LoadingLines what="the backup and the target" />
        </Block>
      </div>
    );
  if (!error) return null;
  return (
    <div className={step.wide}>
      <h1>There is no plan.</h1>
      <p className={step.lead}>Nothing was changed; a plan only reads.</p>
      <Block top={6}>
        <ErrorPanel error={error} onRetry={onRetry} />
      </Block>
    </div>
  );
}
