import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { VaultView } from '../../ipc/bindings';
import { lookAgain } from '../../ipc/stale';
import { sentence } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';

/** The vault exists and cannot be used: what that means, and the way out. */
export function VaultTrouble({ vault }: { vault: VaultView }) {
  const client = useQueryClient();
  const again = (
    <Button leftSection={<IconRefresh />} onClick={() => void lookAgain(client)}>
      Look again
    </Button>
  );
  const why =
    vault.problem === null ? null : (
      <p>
        <Words text={sentence(vault.problem)} />
      </p>
    );
  if (vault.state === 'gone') {
    return (
      <Note
        state="danger"
        testId="vault-trouble"
        title={`Vault “${vault.name}” is not where it was.`}
        acts={
          <>
            {again}
            <LinkButton to="/welcome" search={{ choice: 'open' }}>
              It is in another folder
            </LinkButton>
          </>
        }
      >
        {why}
        <p>
          Plug in its disk, or move the folder back to <code>{vault.path}</code>. Until then nothing can be
          backed up or restored; the copies in it are not touched.
        </p>
      </Note>
    );
  }
  if (vault.state === 'key_missing') {
    return (
      <Note
        state="danger"
        testId="vault-trouble"
        title={`The key of vault “${vault.name}” is not on this computer.`}
        acts={
          <>
            <LinkButton to="/welcome" search={{ choice: 'open' }}>
              Enter the key from the recovery kit
            </LinkButton>
            {again}
          </>
        }
      >
        {why}
        <p>Unlock the keychain if it is locked. If the key is lost there, the recovery kit has it.</p>
      </Note>
    );
  }
  return (
    <Note
      state="danger"
      testId="vault-trouble"
      title={`Vault “${vault.name}” cannot be read.`}
      acts={
        <>
          {again}
          <LinkButton to="/settings">See the vault in the settings</LinkButton>
        </>
      }
    >
      {why}
      <p>
        Do not delete anything in <code>{vault.path}</code>. A check says which part is damaged.
      </p>
    </Note>
  );
}
