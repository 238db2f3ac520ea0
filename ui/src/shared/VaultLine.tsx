import type { VaultView } from '../ipc/bindings';
import { bytes, shortPath } from './format';
import { Text } from './Layout';
import css from './VaultLine.module.css';

const PROBLEMS = { gone: 'is not there', key_missing: 'has no key here', broken: 'cannot be read' } as const;

/** The vault at the foot of the sidebar: where it is, what it keeps, what is free. */
export function VaultLine({ vault }: { vault: VaultView }) {
  return (
    <div className={css.line} title={vault.path} data-testid="vault-line">
      <Text breaks>
        <b>Vault “{vault.name}”</b>
        {vault.state !== 'ready' && <span className="tone-danger"> {PROBLEMS[vault.state]}</span>}
      </Text>
      <Text clip oneLine>
        {shortPath(vault.path)}
      </Text>
      <p className="num">
        {bytes(vault.storedBytes)} kept{vault.freeBytes === null ? '' : `, ${bytes(vault.freeBytes)} free`}
      </p>
    </div>
  );
}
