import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AppState } from '../../ipc/bindings';
import { bytes } from '../../shared/format';
import { StateIcon } from '../../shared/StateIcon';
import type { Choice } from './Choices';
import { draftQuery } from './queries';
import { RecoveryKit } from './RecoveryKit';
import { VaultPlace } from './VaultPlace';
import css from './WelcomePage.module.css';

type Props = { state: AppState; choice: Choice; onCreated: () => void };

/** A new vault: where it lives, that it is encrypted, and the kit that opens it without this computer. */
export function CreateVault({ state, choice, onCreated }: Props) {
  const [path, setPath] = useState(state.suggestedVaultPath);
  const draft = useQuery(draftQuery(path));
  const place =
    state.secrets.place === 'keychain' ? 'this computer’s keychain' : 'the file sealed with your passphrase';
  return (
    <>
      <div className={css.head}>
        <h2>Your vault</h2>
        <span>before the first backup</span>
      </div>
      <ol className={css.facts}>
        <VaultPlace
          key={path}
          path={path}
          error={draft.error}
          free={draft.data ? `${bytes(draft.data.freeBytes)} free` : null}
          onUse={setPath}
        />
        <li>
          <StateIcon state="ok" size={20} label="settled" />
          <div className={css.factWords}>
            <b>Encrypted</b>
            <p>Always. The key goes to {place}.</p>
          </div>
        </li>
        <li>
          <StateIcon state="idle" size={20} label="still to do" />
          <div className={css.factWords}>
            <b>Recovery kit</b>
            <p>
              If this computer is lost, this page and the vault bring everything back. Nobody else has the
              key.
            </p>
          </div>
        </li>
      </ol>
      {draft.data && (
        <RecoveryKit key={draft.data.id} draft={draft.data} choice={choice} onCreated={onCreated} />
      )}
    </>
  );
}
