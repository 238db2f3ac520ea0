import type { Need } from '../../ipc/bindings';
import { Text } from '../../shared/Layout';
import { NeedAct } from '../../shared/NeedAct';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import css from './NeedsList.module.css';

const WORDS: Record<Need['state'], string> = {
  ok: 'Well',
  warn: 'Warning',
  danger: 'Needs you',
  inconclusive: 'Not proven',
  running: 'Running',
  idle: 'Waits',
};

/** At most three things that need a person, each with the one act that fixes it. */
export function NeedsList({ needs }: { needs: readonly Need[] }) {
  return (
    <ul className={css.needs} aria-label="What needs you" data-testid="needs">
      {needs.slice(0, 3).map((need) => (
        <li key={`${need.subject} ${need.what}`}>
          <StateIcon state={need.state} size={20} label={WORDS[need.state]} />
          <div className={css.words}>
            <Text breaks>
              <b>{need.subject}</b> {need.what}
            </Text>
            <Text top={0.25} tone="soft" size="sm" breaks>
              <Words text={need.why} />
            </Text>
          </div>
          <NeedAct target={need.target} act={need.act} subject={need.subject} />
        </li>
      ))}
    </ul>
  );
}
