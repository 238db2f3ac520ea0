import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core';
import { IconCloudUp } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import type { CreateRemote, PlatformView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import css from './Platform.module.css';
import { FORMATS, kindsOf } from '../../shared/platforms';

const DAY_MS = 86_400_000;
/** Starts a backup on the platform: which, how, why; and it comes here once it is done. */
export function CreateDialog({
  project,
  view,
  onClose,
}: {
  project: { id: string; name: string };
  view: PlatformView;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const kinds = kindsOf(view);
  const [kind, setKind] = useState(kinds[0]?.value ?? '');
  const [compress, setCompress] = useState(true);
  const [encrypt, setEncrypt] = useState(false);
  const [format, setFormat] = useState('');
  const [reason, setReason] = useState('');
  const [email, setEmail] = useState('');
  const [days, setDays] = useState('1');
  const [thenPull, setThenPull] = useState(true);
  const start = useCommand('platform_create', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const formats = FORMATS[kind];
  const isLogs = kind === 'logs';
  const [now] = useState(() => Date.now());
  const request: CreateRemote = {
    project: project.id,
    kind,
    compress,
    encrypt,
    format: format === '' ? null : format,
    reason: reason.trim() || null,
    notifyEmail: email.trim() || null,
    fromMs: isLogs ? now - Number(days) * DAY_MS : null,
    toMs: isLogs ? now : null,
    thenPull,
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(request);
  };
  return (
    <Modal opened onClose={onClose} title={`Back up ${project.name} at ${view.platform}`} size="36rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <p className={css.text}>
          {view.platform} makes it by itself; Holdfast watches. It counts as a backup only once it is here and
          read back.
        </p>
        <Stack gap={3} columns={2} align="start">
          <NativeSelect
            label="Kind"
            value={kind}
            onChange={(event) => (setKind(event.currentTarget.value), setFormat(''))}
            data={kinds}
            data-testid="create-kind"
          />
          {formats && (
            <NativeSelect
              label="Format"
              value={format}
              onChange={(event) => setFormat(event.currentTarget.value)}
              data={formats}
            />
          )}
          {isLogs && (
            <NativeSelect
              label="Of the last"
              value={days}
              onChange={(event) => setDays(event.currentTarget.value)}
              data={[
                { value: '1', label: 'day' },
                { value: '7', label: '7 days' },
                { value: '30', label: '30 days' },
              ]}
            />
          )}
        </Stack>
        <fieldset className={css.parts}>
          <legend>There</legend>
          <Checkbox
            label="Compress it, where there is a choice"
            checked={compress}
            onChange={(event) => setCompress(event.currentTarget.checked)}
          />
          <Checkbox
            label="Let the platform encrypt it"
            description="With its own key. A pull then needs the passphrase."
            checked={encrypt}
            onChange={(event) => setEncrypt(event.currentTarget.checked)}
            data-testid="create-encrypt"
          />
        </fieldset>
        <Stack gap={3} columns={2} align="start">
          <TextInput
            label="Why"
            placeholder="Before release 8.4"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={200}
            data-testid="create-reason"
          />
          <TextInput
            label="E-mail that the platform tells"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        </Stack>
        <Checkbox
          label="And pull it once it is done"
          description={
            encrypt && thenPull && !view.hasPassphrase
              ? 'It will be encrypted, and no passphrase is stored, so this pull stops there; pull it by hand then.'
              : 'From there on it is a backup like any other.'
          }
          checked={thenPull}
          onChange={(event) => setThenPull(event.currentTarget.checked)}
          data-testid="create-then-pull"
        />
        {start.error && <ErrorPanel error={start.error} title="It did not start." />}
        <Equivalent asked={{ of: 'platform_create', request: { ...request, project: project.name } }} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconCloudUp aria-hidden />}
            loading={start.isPending}
            data-testid="start-remote"
          >
            {thenPull ? 'Back it up there and pull it' : 'Back it up there'}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
