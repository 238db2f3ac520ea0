import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';

import { useCommand } from '../../ipc/client';
import { sentence } from '../../shared/format';
import type { RestoreDraft } from './draft';
import classes from './WhereStep.module.css';

interface OtherServerProps {
  draft: RestoreDraft;
  onChange: (change: Partial<RestoreDraft>) => void;
}

/** How another server is reached: a pasted connection string, of which the password goes into its own field. */
export function OtherServer({ draft, onChange }: OtherServerProps) {
  const [text, setText] = useState('');
  const parse = useCommand('connection_parse', {
    onSuccess: ({ connection, password }) => {
      onChange(password === null ? { connection } : { connection, password });
      // The string is not kept, since it may hold the password.
      setText('');
    },
    onError: () => onChange({ connection: null }),
  });
  const { connection, password } = draft;
  const read = () => {
    if (text.trim() !== '') parse.mutate({ text });
  };

  return (
    <>
      <TextInput
        label="Connection string"
        placeholder={connection ? 'Paste another one to replace it' : 'postgresql://user@host:5432/postgres'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onPaste={(event) => {
          event.preventDefault();
          const pasted = event.clipboardData.getData('text');
          setText('');
          parse.mutate({ text: pasted });
        }}
        onBlur={read}
        onKeyDown={(event) => event.key === 'Enter' && read()}
        error={parse.error ? sentence(parse.error.message) : undefined}
        autoComplete="off"
        spellCheck={false}
        data-testid="target-connection"
      />
      {connection && (
        <p className={classes.read}>
          <code>
            {connection.user}@{connection.host}:{connection.port}
          </code>
          , signs in to <code>{connection.database}</code>, TLS {connection.tls}
        </p>
      )}
      <PasswordInput
        label="Password"
        value={password}
        onChange={(event) => onChange({ password: event.currentTarget.value })}
        autoComplete="off"
        data-testid="target-password"
      />
    </>
  );
}
