import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import type { VaultView } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { FieldRow } from '../../shared/Layout';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted } from '../../shared/format';
import { Note } from '../../shared/Panel';
import css from './WelcomePage.module.css';

/** An existing vault, opened with the key of its recovery kit; the catalogue is rebuilt from it. */
export function OpenVault({ known }: { known: VaultView | null }) {
  const [path, setPath] = useState(known?.path ?? '');
  const [key, setKey] = useState('');
  const navigate = useNavigate();
  const open = useCommand('vault_open');
  const choose = async () => {
    const folder = await pickFolder('Folder of the vault');
    if (folder !== null) setPath(folder);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    open.mutate({ path: path.trim(), key: key.trim() });
  };
  if (open.data !== undefined) {
    const { backups, projects, skipped } = open.data;
    return (
      <>
        <div className={css.head}>
          <h2>The vault is open</h2>
        </div>
        <div className={css.gap}>
          <Note
            state={skipped.length === 0 ? 'ok' : 'warn'}
            testId="vault-opened"
            title={`${counted(backups, 'backup')} of ${counted(projects, 'project')} came back.`}
          >
            <p>
              Passwords of your servers are not in the vault. Enter them in each project’s connection before
              its next backup.
            </p>
            {skipped.length > 0 && (
              <>
                <p>
                  {skipped.length === 1
                    ? 'One snapshot was left out:'
                    : `${count(skipped.length)} snapshots were left out:`}
                </p>
                <ul className={css.skipped}>
                  {skipped.map((line, at) => (
                    <li key={at}>{line}</li>
                  ))}
                </ul>
              </>
            )}
          </Note>
        </div>
        <div className={css.gap}>
          <Button variant="filled" size="lg" onClick={() => void navigate({ to: '/' })} data-testid="go-home">
            See the projects
          </Button>
        </div>
      </>
    );
  }
  const isFilled = path.trim() !== '' && key.trim() !== '';
  return (
    <>
      <div className={css.head}>
        <h2>Open your vault</h2>
        <span>nothing in it is changed</span>
      </div>
      <form className={css.form} onSubmit={submit}>
        <FieldRow>
          <TextInput
            className={css.mono}
            label="Folder of the vault"
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            data-testid="open-path"
          />
          <Button onClick={() => void choose()} data-testid="open-path-choose">
            Choose…
          </Button>
        </FieldRow>
        <TextInput
          className={css.group}
          label="Key, all groups of the recovery kit"
          description="Spaces and small letters do not matter."
          inputWrapperOrder={['label', 'input', 'description']}
          value={key}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setKey(event.currentTarget.value)}
          data-testid="open-key"
        />
        <div>
          <Button
            type="submit"
            variant="filled"
            size="lg"
            disabled={!isFilled}
            loading={open.isPending}
            data-testid="open-vault"
          >
            Open the vault
          </Button>
          <p className={css.help}>
            {isFilled
              ? 'Holdfast reads the list of backups from it. A large vault takes a few minutes.'
              : 'Choose the folder and enter the key first.'}
          </p>
        </div>
      </form>
      {open.isError && (
        <div className={css.gap}>
          <ErrorPanel error={open.error} title="The vault could not be opened." />
        </div>
      )}
    </>
  );
}
