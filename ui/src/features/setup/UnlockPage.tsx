import { Button, PasswordInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useCommand } from '../../ipc/client';
import { BrandMark } from '../../shared/BrandMark';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import css from './WelcomePage.module.css';

/** Before anything else: the sealed file waits for its passphrase. */
export function UnlockPage({ path, hint }: { path: string | null; hint: string | null }) {
  const [passphrase, setPassphrase] = useState('');
  const unlock = useCommand('secrets_unlock');
  const wrong = unlock.error?.code === 'wrong_passphrase' ? unlock.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase !== '') unlock.mutate({ passphrase });
  };
  return (
    <main className={css.unlock}>
      <div>
        <BrandMark className={css.mark} size="2.75rem" />
        <h1>Holdfast is locked.</h1>
        <p className={css.lead}>
          {hint ?? 'Its keys and passwords rest in a file sealed with your passphrase.'}
        </p>
        {path !== null && (
          <p className={css.help}>
            <code>{path}</code>
          </p>
        )}
        <form onSubmit={submit}>
          <PasswordInput
            label="Passphrase"
            value={passphrase}
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of the page
            autoFocus
            autoComplete="current-password"
            error={wrong === null ? undefined : sentence(wrong.message)}
            onChange={(event) => {
              unlock.reset();
              setPassphrase(event.currentTarget.value);
            }}
            data-testid="unlock-passphrase"
          />
          <div>
            <Button
              type="submit"
              variant="filled"
              size="lg"
              disabled={passphrase === ''}
              loading={unlock.isPending}
              data-testid="unlock"
            >
              Unlock
            </Button>
            <p className={css.help}>Until then nothing is backed up.</p>
          </div>
        </form>
        {unlock.isError && wrong === null && (
          <div className={css.gap}>
            <ErrorPanel error={unlock.error} />
          </div>
        )}
      </div>
    </main>
  );
}
