import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';

import { CopyIcon } from '../../shared/CommandLine';
import { Stack, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import { projectsQuery } from './queries';
import { hasUrl, newKey, secured, type Draft } from './channelDraft';

export type FieldsProps = { draft: Draft; onChange: (draft: Draft) => void; isNew: boolean };

const STORED = 'Stored; stays unless you enter another';

function Email({ draft, onChange, isNew }: FieldsProps) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <>
      <div>
        <Text as="span" block bottom={1.5} size="xs" weight="medium">
          How the mail server is reached
        </Text>
        <Segmented
          label="How the mail server is reached"
          value={draft.security}
          options={[
            { value: 'starttls', label: 'STARTTLS' },
            { value: 'tls', label: 'TLS' },
            { value: 'plain', label: 'Not encrypted' },
          ]}
          onChange={(security) => onChange(secured(draft, security))}
        />
      </div>
      {draft.security === 'plain' && (
        <Text tone="quiet" size="xs" leading={1.45}>
          Whoever is on the way reads the mail. A password is only given to a server on this computer.
        </Text>
      )}
      <Stack gap={3} columns="minmax(0, 1fr) 6rem">
        <TextInput
          label="Mail server"
          placeholder="smtp.example"
          value={draft.host}
          onChange={(event) => set({ host: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
          data-testid="channel-host"
        />
        <TextInput
          label="Port"
          inputMode="numeric"
          value={draft.port}
          onChange={(event) => set({ port: event.currentTarget.value })}
        />
      </Stack>
      <Stack gap={3} columns={2} align="start">
        <TextInput
          label="User"
          description="Empty where nobody signs in."
          inputWrapperOrder={['label', 'input', 'description']}
          value={draft.user}
          onChange={(event) => set({ user: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
        <PasswordInput
          label="Password"
          placeholder={isNew ? '' : STORED}
          value={draft.key}
          onChange={(event) => set({ key: event.currentTarget.value })}
          autoComplete="off"
          disabled={draft.user.trim() === ''}
        />
      </Stack>
      <Stack gap={3} columns={2} align="start">
        <TextInput
          label="From"
          placeholder="Holdfast <bot@example.org>"
          value={draft.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label="To"
          placeholder="ops@example.org, …"
          value={draft.to}
          onChange={(event) => set({ to: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
      </Stack>
    </>
  );
}

function Address({ draft, onChange, isNew }: FieldsProps) {
  return (
    <PasswordInput
      label="Address"
      description="It lets whoever has it write there, so it rests in the keychain, and only its host is shown."
      inputWrapperOrder={['label', 'input', 'description']}
      placeholder={isNew ? 'https://…' : STORED}
      value={draft.url}
      onChange={(event) => onChange({ ...draft, url: event.currentTarget.value })}
      autoComplete="off"
      spellCheck={false}
      data-testid="channel-url"
    />
  );
}

function SigningKey({ draft, onChange, isNew }: FieldsProps) {
  return (
    <Stack gap={2} columns="minmax(0, 1fr) auto auto" align="center">
      <PasswordInput
        label="Signing key"
        description="The reader computes the same signature with it; docs/formats.md says how."
        inputWrapperOrder={['label', 'input', 'description']}
        placeholder={isNew ? '' : STORED}
        value={draft.key}
        onChange={(event) => onChange({ ...draft, key: event.currentTarget.value })}
        autoComplete="off"
        data-testid="channel-key"
      />
      <Button leftSection={<IconRefresh aria-hidden />} onClick={() => onChange({ ...draft, key: newKey() })}>
        New key
      </Button>
      {draft.key !== '' && <CopyIcon text={draft.key} label="Copy the signing key" />}
    </Stack>
  );
}

function Telegram({ draft, onChange, isNew }: FieldsProps) {
  return (
    <Stack gap={3} columns={2} align="start">
      <TextInput
        label="Chat"
        description="Its id, or a channel as @ops."
        inputWrapperOrder={['label', 'input', 'description']}
        value={draft.chat}
        onChange={(event) => onChange({ ...draft, chat: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
      />
      <PasswordInput
        label="Token of the bot"
        placeholder={isNew ? 'as BotFather wrote it' : STORED}
        value={draft.key}
        onChange={(event) => onChange({ ...draft, key: event.currentTarget.value })}
        autoComplete="off"
      />
    </Stack>
  );
}

function Project({ draft, onChange }: FieldsProps) {
  const { data } = useQuery(projectsQuery());
  const names = data?.map((row) => row.name) ?? [];
  const known = draft.project === '' || names.includes(draft.project) ? names : [draft.project, ...names];
  return (
    <NativeSelect
      label="Whose runs"
      description="It is called when a scheduled run begins, and when it ends well or not."
      inputWrapperOrder={['label', 'input', 'description']}
      value={draft.project}
      data={[{ value: '', label: 'All projects' }, ...known.map((name) => ({ value: name, label: name }))]}
      onChange={(event) => onChange({ ...draft, project: event.currentTarget.value })}
    />
  );
}

/** Where a channel leads. */
export function ChannelFields(props: FieldsProps) {
  const { kind } = props.draft;
  return (
    <>
      {kind === 'email' && <Email {...props} />}
      {kind === 'telegram' && <Telegram {...props} />}
      {hasUrl(kind) && <Address {...props} />}
      {kind === 'webhook' && <SigningKey {...props} />}
      {kind === 'heartbeat' && <Project {...props} />}
    </>
  );
}
