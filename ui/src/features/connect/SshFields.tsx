import { Button, PasswordInput, Switch, TextInput } from '@mantine/core';
import { pickFile } from '../../ipc/call';
import { FieldRow } from '../../shared/Layout';
import css from './Connect.module.css';
import type { Form } from './form';

type Props = { form: Form; onChange: (change: (form: Form) => Form) => void };

/** The container that a database without a port of its own runs in. */
function ContainerField({ form, onChange }: Props) {
  const set = (change: Partial<Form>) => onChange((now) => ({ ...now, ...change }));
  return (
    <div className={css.more}>
      <Switch
        label={
          form.isBySsh ? 'It runs in a container of that server' : 'It runs in a container of this computer'
        }
        checked={form.isInContainer}
        onChange={(event) => set({ isInContainer: event.currentTarget.checked })}
        data-testid="connect-in-container"
      />
      {form.isInContainer && (
        <div className={css.moreBody}>
          <TextInput
            className={css.mono}
            label="Container"
            description="It is reached by docker exec, and needs no port. The host and the port above are as the container sees them: localhost is the container itself."
            placeholder="supabase-db"
            value={form.container}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => set({ container: event.currentTarget.value })}
            data-testid="connect-container"
          />
        </div>
      )}
    </div>
  );
}

/** The SSH server that reaches it, and what signs in there. */
function ServerFields({ form, onChange }: Props) {
  const set = (change: Partial<Form>) => onChange((now) => ({ ...now, ...change }));
  const choose = async () => {
    const file = await pickFile('Private key');
    if (file !== null) set({ sshKey: file });
  };
  const hasKey = form.sshKey.trim() !== '';
  return (
    <div className={css.more}>
      <Switch
        label="Reach it by way of an SSH server"
        checked={form.isBySsh}
        onChange={(event) => set({ isBySsh: event.currentTarget.checked })}
        data-testid="connect-by-ssh"
      />
      {form.isBySsh && (
        <div className={css.moreBody}>
          <TextInput
            className={css.mono}
            label="SSH server and account"
            description="The host and the port above are as this server sees them: localhost is the server itself."
            placeholder="me@db.example"
            value={form.sshAccount}
            autoComplete="off"
            spellCheck={false}
            // Another server has another key.
            onChange={(event) => set({ sshAccount: event.currentTarget.value, sshHostKey: '' })}
            data-testid="connect-ssh"
          />
          <FieldRow>
            <TextInput
              className={css.mono}
              label="Private key, if it is not the agent’s or the usual one"
              value={form.sshKey}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => set({ sshKey: event.currentTarget.value })}
              data-testid="connect-ssh-key"
            />
            <Button onClick={() => void choose()}>Choose…</Button>
          </FieldRow>
          <PasswordInput
            className={css.mono}
            label={hasKey ? 'Passphrase of the key, if it has one' : 'Password there, if no key signs in'}
            value={form.sshSecret}
            placeholder={
              form.sshStored !== '' && form.sshAccount.trim() === form.sshStored ? 'as it is stored' : ''
            }
            autoComplete="off"
            onChange={(event) => set({ sshSecret: event.currentTarget.value })}
            data-testid="connect-ssh-secret"
          />
          {form.sshHostKey !== '' && (
            <FieldRow>
              <TextInput
                className={css.mono}
                label="Accepted key of the server"
                value={form.sshHostKey}
                readOnly
                data-testid="connect-ssh-host-key"
              />
              <Button onClick={() => set({ sshHostKey: '' })}>Forget</Button>
            </FieldRow>
          )}
        </div>
      )}
    </div>
  );
}

/** The way to a database that is not exposed: an SSH server, a container, or both. */
export function SshFields({ form, onChange }: Props) {
  return (
    <>
      <ServerFields form={form} onChange={onChange} />
      <ContainerField form={form} onChange={onChange} />
    </>
  );
}
