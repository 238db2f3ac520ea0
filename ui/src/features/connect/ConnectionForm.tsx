import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { IconChevronRight, IconLock } from '@tabler/icons-react';
import { useState } from 'react';
import type { LabelView, TlsModeView } from '../../ipc/bindings';
import { pickFile } from '../../ipc/call';
import { Block, FieldRow, Row, Stack } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import css from './Connect.module.css';
import type { Form } from './form';
import { PasteField } from './PasteField';
import { SshFields } from './SshFields';

const LABELS: { value: LabelView; label: string; testId: string }[] = [
  { value: 'production', label: 'Production', testId: 'label-production' },
  { value: 'staging', label: 'Staging', testId: 'label-staging' },
  { value: 'development', label: 'Development', testId: 'label-development' },
];

const TLS: { value: TlsModeView; label: string }[] = [
  { value: 'verify-full', label: 'Always, certificate and host name checked' },
  { value: 'verify-ca', label: 'Always, certificate checked' },
  { value: 'require', label: 'Always, nobody checked' },
  { value: 'prefer', label: 'If the server offers it' },
  { value: 'allow', label: 'Only if the server insists' },
  { value: 'disable', label: 'Never' },
];

type Props = {
  form: Form;
  onChange: (change: (form: Form) => Form) => void;
  /** A password is stored already; empty means that one. */
  hasPassword: boolean;
  secretsPlace: 'keychain' | 'file';
};

/** Where the database is, and what the project is called. */
export function ConnectionForm({ form, onChange, hasPassword, secretsPlace }: Props) {
  const set = (change: Partial<Form>) => onChange((now) => ({ ...now, ...change }));
  const text = (key: 'host' | 'port' | 'database' | 'user', label: string) => (
    <TextInput
      className={css.mono}
      label={label}
      value={form[key]}
      autoComplete="off"
      spellCheck={false}
      inputMode={key === 'port' ? 'numeric' : undefined}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
      data-testid={`connect-${key}`}
    />
  );
  const choose = async () => {
    const file = await pickFile('Certificate of the authority');
    if (file !== null) set({ rootCertificate: file });
  };
  const verifies = form.tls === 'verify-full' || form.tls === 'verify-ca';
  const [isOpen, setOpen] = useState(verifies && form.rootCertificate !== '');
  return (
    <div>
      <Block top={6}>
        <PasteField onFill={onChange} />
      </Block>
      <Stack gap={3} columns="minmax(0, 1fr) 5.5rem" top={3.5}>
        {text('host', 'Host')}
        {text('port', 'Port')}
      </Stack>
      <div className={css.threes}>
        {text('database', 'Database')}
        {text('user', 'User')}
        <PasswordInput
          className={css.mono}
          label="Password"
          value={form.password}
          placeholder={hasPassword ? 'stored' : ''}
          autoComplete="off"
          onChange={(event) => set({ password: event.currentTarget.value })}
          data-testid="connect-password"
        />
      </div>
      <Row as="p" gap={1.25} sign={0} top={2} tone="quiet" size="xs" leading={1.4}>
        <IconLock size={14} stroke={1.75} aria-hidden />
        {hasPassword
          ? 'Leave the password empty to keep the one that is stored.'
          : `The password is kept in ${secretsPlace === 'keychain' ? 'this computer’s keychain' : 'the sealed file'}, nowhere else.`}
      </Row>
      <SshFields form={form} onChange={onChange} />
      <details
        className={css.more}
        open={isOpen}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary>
          <IconChevronRight size={14} stroke={1.75} aria-hidden />
          Encryption on the way: {TLS.find((mode) => mode.value === form.tls)?.label.toLowerCase()}
        </summary>
        <div className={css.moreBody}>
          <NativeSelect
            label="TLS"
            data={TLS}
            value={form.tls}
            onChange={(event) =>
              set({ tls: TLS.find((mode) => mode.value === event.currentTarget.value)?.value ?? form.tls })
            }
            data-testid="connect-tls"
          />
          {verifies && (
            <FieldRow>
              <TextInput
                className={css.mono}
                label="Certificate of the authority, if it is not the system’s"
                value={form.rootCertificate}
                onChange={(event) => set({ rootCertificate: event.currentTarget.value })}
              />
              <Button onClick={() => void choose()}>Choose…</Button>
            </FieldRow>
          )}
        </div>
      </details>
      <div className={css.nameRow}>
        <TextInput
          label="Name of the project"
          value={form.name}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => set({ name: event.currentTarget.value, isNameTyped: true })}
          data-testid="connect-name"
        />
        <div>
          <span className={css.label}>This is</span>
          <Segmented
            label="What this project is"
            value={form.label}
            options={LABELS}
            onChange={(label) => set({ label })}
          />
        </div>
      </div>
    </div>
  );
}
