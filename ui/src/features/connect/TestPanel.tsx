import { Chip } from '../../shared/Chip';
import type { ConnectionView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Ladder } from '../../shared/Ladder';
import css from './Connect.module.css';
import { FixPanel } from './FixPanel';
import type { useLadder } from './useLadder';

type Props = { climb: ReturnType<typeof useLadder>; onUse: (connection: ConnectionView) => void };

/** The ladder beside the form. */
export function TestPanel({ climb, onUse }: Props) {
  return (
    <aside aria-label="Test of the connection" data-testid="ladder">
      <div className={css.testHead}>
        <h2>Test</h2>
        <Chip state={climb.summary.state}>{climb.summary.words}</Chip>
      </div>
      {climb.error !== null && (
        <div className={css.gap}>
          <ErrorPanel error={climb.error} title="The test could not be run." />
        </div>
      )}
      <Ladder
        rungs={climb.rungs}
        renderFix={(rung) =>
          (rung.state === 'failed' || rung.state === 'warned') && rung.fix ? (
            <FixPanel rung={rung} fix={rung.fix} isBusy={climb.isTesting} onUse={onUse} />
          ) : null
        }
      />
    </aside>
  );
}
