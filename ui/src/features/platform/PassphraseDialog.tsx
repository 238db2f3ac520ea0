import { Button, Modal, PasswordInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { PlatformView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import css from './Platform.module.css';

type Props = { project: { id: string; name: string }; view: PlatformView; onClose: () => void };

/** The passphrase that opens what the platform encrypts: stored for pulls that nobody watches, or forgotten. */
export function PassphraseDialog({ project, view, onClose }: Props) {
  const [passphrase, setPassphrase] = useState('');
  // The request holds a passphrase.
  const set = useCommand('platform_passphrase_set', { gcTime: 0, onSuccess: onClose });
  const change = (next: string | null, said: string) =>
    set.mutate({ project: project.id, passphrase: next }, { onSuccess: () => announce(said) });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (passphrase !== '') change(passphrase, 'The passphrase is stored.');
  };
  return (
    <Modal opened onClose={onClose} title={`Passphrase of ${view.platform}`} size="34rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <p className={css.text}>
          It opens what {view.platform} encrypts with its own key, on this computer, also in pulls that run by
          themselves. It rests where the other passwords of this profile do.
        </p>
        <PasswordInput
          label="Passphrase"
          value={passphrase}
          autoComplete="off"
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          data-autofocus
          data-testid="platform-passphrase"
        />
        {set.error && <ErrorPanel error={set.error} title="It was not stored." />}
        <Equivalent
          asked={{ of: 'platform_passphrase', request: { project: project.name, passphrase: '' } }}
        />
        <DialogFoot>
          {view.hasPassphrase && (
            <Button
              variant="danger"
              onClick={() => change(null, 'The passphrase is forgotten.')}
              data-testid="forget-passphrase"
            >
              Forget the stored one
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={passphrase === ''}
            loading={set.isPending}
            data-testid="store-passphrase"
          >
            {view.hasPassphrase ? 'Replace it' : 'Store it'}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
