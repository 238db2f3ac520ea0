import { Chip } from '../../shared/Chip';
import type { ConnectionView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Ladder } from '../../shared/Ladder';
import { Block } from '../../shared/Layout';
import css from './Connect.module.css';
import { FixPanel } from './FixPanel';
import type { useLadder } from './useLadder';

type Props = { climb: ReturnType<typeof useLadder>; onUse: (connection: ConnectionView) => void };

/** The ladder beside the form. */
export function TestPanel(props: Props) {
  return (
    <aside aria-label="Test of the connection" data-testid="ladder">
      <Tested title="Test" {...props} />
    </aside>
  );
}

/** A ladder under its heading, with what puts a rung right. */
export function Tested({ title, climb, onUse }: Props & { title: string }) {
  return (
    <>
      <div className={css.testHead}>
        <h2>{title}</h2>
        <Chip state={climb.summary.state}>{climb.summary.words}</Chip>
      </div>
      {climb.error !== null && (
        <Block top={4}>
          <ErrorPanel error={climb.error} title="The test could not be run." />
        </Block>
      )}
      <Ladder
        rungs={climb.rungs}
        renderFix={(rung) =>
          (rung.state === 'failed' || rung.state === 'warned') && rung.fix ? (
            <FixPanel rung={rung} fix={rung.fix} isBusy={climb.isTesting} onUse={onUse} />
          ) : null
        }
      />
    </>
  );
}
