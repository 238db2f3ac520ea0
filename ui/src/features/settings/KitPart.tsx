import { Button, Group, TextInput } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { VaultView } from '../../ipc/bindings';
import { call, pickSaveFile, type CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { moment } from '../../shared/format';
import { StateIcon } from '../../shared/StateIcon';
import { Acts, After, Part } from './Part';
import classes from './Part.module.css';

/** The recovery kit: saved again, and read back by the last group of its key. */
export function KitPart({ vault }: { vault: VaultView }) {
  const [lastGroup, setLastGroup] = useState('');
  const save = useMutation<string | null, CommandError>({
    mutationFn: async () => {
      const path = await pickSaveFile(
        'Save the recovery kit',
        `holdfast-recovery-kit-${vault.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.html`,
      );
      if (path !== null)
        await call('vault_kit_save', {
          draftId: null,
          path,
          format: path.endsWith('.txt') ? 'text' : 'html',
        });
      return path;
    },
  });
  const confirm = useCommand('vault_kit_confirm', { onSuccess: () => setLastGroup('') });
  const isConfirmed = vault.kitConfirmedAtMs !== null;

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lastGroup.trim() !== '') confirm.mutate({ lastGroup });
  };

  return (
    <Part
      id="kit"
      title="Recovery kit"
      hint="The key on paper or on another disk. Without it a lost laptop is a lost vault."
    >
      <ul className={classes.list}>
        <li className={classes.item}>
          <StateIcon state={isConfirmed ? 'ok' : 'danger'} size={18} />
          <div className={classes.itemWords}>
            <b>
              {isConfirmed
                ? `Saved and read back ${moment(vault.kitConfirmedAtMs)}.`
                : 'Not confirmed. Until then no backup counts as done.'}
            </b>
          </div>
        </li>
      </ul>
      <Acts>
        <Button
          leftSection={<IconDeviceFloppy aria-hidden />}
          loading={save.isPending}
          onClick={() => save.mutate()}
          data-testid="save-kit"
        >
          Save the kit again…
        </Button>
      </Acts>
      {save.error && (
        <After>
          <ErrorPanel error={save.error} title="The kit could not be saved." onRetry={() => save.mutate()} />
        </After>
      )}
      {(save.data || !isConfirmed) && (
        <After>
          <form onSubmit={onSubmit}>
            <Group align="flex-end" gap="xs">
              <TextInput
                label="Last group of the key, read from the saved kit"
                description={save.data ? `Saved to ${save.data}.` : undefined}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                value={lastGroup}
                onChange={(event) => setLastGroup(event.currentTarget.value)}
                autoComplete="off"
                spellCheck={false}
                data-testid="kit-last-group"
              />
              <Button type="submit" size="md" disabled={lastGroup.trim() === ''} loading={confirm.isPending}>
                Confirm the kit
              </Button>
            </Group>
          </form>
        </After>
      )}
      {confirm.error && (
        <After>
          <ErrorPanel error={confirm.error} />
        </After>
      )}
    </Part>
  );
}
