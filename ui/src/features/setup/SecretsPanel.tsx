import { Button, PasswordInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { SecretsView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Text } from '../../shared/Layout';
import { Note } from '../../shared/Panel';
import { appStateQuery } from './queries';
import css from './WelcomePage.module.css';

/** Shorter than this is guessed too soon when the file is copied. */
const LENGTH_MIN = 12;

/** No keychain answers: put that right, or keep the secrets in a file sealed with a passphrase. */
export function SecretsPanel({ secrets }: { secrets: SecretsView }) {
  const state = useQuery(appStateQuery());
  const [isAsking, setIsAsking] = useState(false);
  const isLocked = secrets.state === 'locked';
  return (
    <>
      <div className={css.head}>
        <h2>Where the keys rest</h2>
        <span>before the vault</span>
      </div>
      <div className={css.gap}>
        <Note
          state="warn"
          testId="secrets-note"
          title={isLocked ? 'The keychain is locked.' : 'No keychain answers on this computer.'}
          acts={
            <>
              <Button
                leftSection={<IconRefresh />}
                loading={state.isFetching}
                onClick={() => void state.refetch()}
                data-testid="secrets-look-again"
              >
                Look again
              </Button>
              {!isAsking && (
                <Button onClick={() => setIsAsking(true)} data-testid="secrets-use-file">
                  Use a file sealed with a passphrase
                </Button>
              )}
            </>
          }
        >
          <p>
            {secrets.hint ??
              (isLocked
                ? 'Unlock it, then look again.'
                : 'Start the keychain of your desktop, then look again.')}
          </p>
          <p>Holdfast never keeps a key or a password in plain text.</p>
        </Note>
      </div>
      {isAsking && <SealedFile />}
    </>
  );
}

function SealedFile() {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const use = useCommand('secrets_use_file');
  const isLong = passphrase.length >= LENGTH_MIN;
  const isSame = passphrase === again;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isLong && isSame) use.mutate({ passphrase });
  };
  const reason = !isLong
    ? `At least ${LENGTH_MIN} characters; several words are easier to remember.`
    : isSame
      ? 'Nobody can reset it. The recovery kit opens the vault without it.'
      : 'The two are not the same yet.';
  return (
    <form className={css.form} onSubmit={submit}>
      <Text tone="soft" size="sm" leading={1.45}>
        The file is on this computer only. You enter the passphrase each time Holdfast starts; nothing is
        backed up until then.
      </Text>
      <PasswordInput
        label="Passphrase"
        value={passphrase}
        autoComplete="new-password"
        onChange={(event) => setPassphrase(event.currentTarget.value)}
        data-testid="passphrase"
      />
      <PasswordInput
        label="The same again"
        value={again}
        autoComplete="new-password"
        onChange={(event) => setAgain(event.currentTarget.value)}
        data-testid="passphrase-again"
      />
      <div>
        <Button
          type="submit"
          variant="filled"
          disabled={!isLong || !isSame}
          loading={use.isPending}
          data-testid="passphrase-use"
        >
          Seal the file
        </Button>
        <p className={css.help}>{reason}</p>
      </div>
      {use.isError && <ErrorPanel error={use.error} title="The file could not be sealed." />}
    </form>
  );
}
