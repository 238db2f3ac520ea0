import { Button } from '@mantine/core';
import type { VaultView } from '../../ipc/bindings';
import { Note } from '../../shared/Panel';
import type { Choice } from './Choices';
import css from './WelcomePage.module.css';

type Props = { vault: VaultView; choice: Choice; isBusy: boolean; onGoOn: () => void };

/** There is a vault already: go on with what was chosen. */
export function VaultReady({ vault, choice, isBusy, onGoOn }: Props) {
  return (
    <>
      <div className={css.head}>
        <h2>Your vault</h2>
      </div>
      <div className={css.gap}>
        <Note state="ok" title={`Vault “${vault.name}” is ready.`}>
          <p>
            It lives in <code>{vault.path}</code>.
          </p>
        </Note>
      </div>
      <div className={css.gap}>
        <Button variant="filled" size="lg" loading={isBusy} onClick={onGoOn} data-testid="go-on">
          {choice === 'sample' ? 'Start the sample project' : 'Connect a project'}
        </Button>
      </div>
    </>
  );
}
