import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { pickFolder, type CommandError } from '../../ipc/call';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { FieldRow } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import css from './WelcomePage.module.css';

type Props = {
  path: string;
  /** Why nothing can be created there. */
  error: CommandError | null;
  free: string | null;
  onUse: (path: string) => void;
};

/** Where the vault will live; chosen in the system's dialog or typed. */
export function VaultPlace({ path, error, free, onUse }: Props) {
  const [typed, setTyped] = useState(path);
  const [isOpen, setIsOpen] = useState(false);
  const isEditing = isOpen || error !== null;
  const choose = async () => {
    const folder = await pickFolder('Where the vault lives');
    if (folder !== null) onUse(folder);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const next = typed.trim();
    if (next === path) setIsOpen(false);
    else if (next !== '') onUse(next);
  };
  return (
    <li>
      <StateIcon
        state={error === null ? 'ok' : 'danger'}
        size={20}
        label={error === null ? 'settled' : 'still to do'}
      />
      <div className={css.factWords}>
        <b>Where it lives</b>
        {isEditing ? (
          <form onSubmit={submit}>
            <p>An empty folder, best on another disk than the one that holds your work.</p>
            <FieldRow top={4}>
              <TextInput
                className={css.mono}
                aria-label="Folder of the vault"
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                data-autofocus
                data-testid="vault-path"
              />
              <Button onClick={() => void choose()} data-testid="vault-path-choose">
                Choose…
              </Button>
            </FieldRow>
            <div className={`${css.acts} ${css.gap}`}>
              <Button
                type="submit"
                disabled={typed.trim() === '' || (error !== null && typed.trim() === path)}
                data-testid="vault-path-use"
              >
                Use this folder
              </Button>
              {error === null && (
                <Button
                  variant="subtle"
                  onClick={() => {
                    setTyped(path);
                    setIsOpen(false);
                  }}
                >
                  Keep {path.split('/').at(-1)}
                </Button>
              )}
            </div>
            {error !== null && (
              <div className={css.gap}>
                <ErrorPanel error={error} title="The vault cannot be created there." />
              </div>
            )}
          </form>
        ) : (
          <p>
            <code data-testid="vault-path-shown">{path}</code>
          </p>
        )}
      </div>
      {!isEditing && (
        <span className={css.factSide}>
          {free}
          <button
            type="button"
            className={css.link}
            onClick={() => setIsOpen(true)}
            aria-label="Change where the vault lives"
            data-testid="vault-path-change"
          >
            Change
          </button>
        </span>
      )}
    </li>
  );
}
