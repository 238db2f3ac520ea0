import { TextInput } from '@mantine/core';
import { useState, type ClipboardEvent } from 'react';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { sentence } from '../../shared/format';
import css from './Connect.module.css';
import { withConnection, type Form } from './form';

type Props = { onFill: (change: (form: Form) => Form) => void };

/** Hides the password of a string that was pasted, so that it does not stay on the screen. */
export function masked(text: string): string {
  return text
    .replace(/(:\/\/[^:@/]*:)([^@]*)@/, '$1••••••••@')
    .replace(/(password\s*=\s*)('[^']*'|\S+)/i, '$1••••••••');
}

/** A connection string fills the fields, when it is pasted or when the field is left. */
export function PasteField({ onFill }: Props) {
  const [text, setText] = useState('');
  const parse = useCommand('connection_parse', {
    onSuccess: ({ connection, password }) => {
      onFill((form) => ({ ...withConnection(form, connection), password: password ?? form.password }));
      setText((now) => masked(now));
      announce('The fields are filled.');
    },
  });
  const isFilled = parse.isSuccess;
  const fill = (given: string) => {
    if (given.trim() !== '' && !given.includes('••••')) parse.mutate({ text: given.trim() });
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text');
    if (pasted === '') return;
    event.preventDefault();
    setText(pasted);
    fill(pasted);
  };
  return (
    <TextInput
      className={css.mono}
      label="Connection string"
      placeholder="postgresql://user:password@host:5432/database"
      value={text}
      autoComplete="off"
      spellCheck={false}
      error={parse.isError ? `${sentence(parse.error.message)} ${parse.error.hint ?? ''}` : undefined}
      onPaste={onPaste}
      onChange={(event) => {
        if (parse.isError || isFilled) parse.reset();
        setText(event.currentTarget.value);
      }}
      onBlur={() => fill(text)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') fill(text);
      }}
      data-testid="connect-string"
    />
  );
}
