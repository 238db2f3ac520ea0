import { Button, Modal, NumberInput, PasswordInput } from '@mantine/core';
import { IconCloudDown } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import type { RemoteBackupView, StartPull } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Equivalent, hidden } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import { Stack } from '../../shared/Layout';
import css from './Platform.module.css';

/** Which backups come here. */
export type Pulled =
  { which: 'newest' } | { which: 'all' } | { which: 'chosen'; backups: readonly RemoteBackupView[] };

type Props = { project: { id: string; name: string }; pulled: Pulled; onClose: () => void };

const TITLES = { newest: 'Pull the newest', all: 'Pull all that are new' } as const;

function sizeOf(backups: readonly RemoteBackupView[]): string {
  const known = backups.every((backup) => backup.sizeBytes !== null);
  const total = backups.reduce((sum, backup) => sum + (backup.sizeBytes ?? 0), 0);
  return known ? bytes(total) : 'of unknown size';
}

/** Before a pull: what comes, the passphrase where it is needed, and limits. */
export function PullDialog({ project, pulled, onClose }: Props) {
  const navigate = useNavigate();
  const [passphrase, setPassphrase] = useState('');
  const [streams, setStreams] = useState<number | null>(null);
  const [megabytes, setMegabytes] = useState<number | null>(null);
  // The request may hold a passphrase.
  const start = useCommand('pull_start', {
    gcTime: 0,
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const chosen = pulled.which === 'chosen' ? pulled.backups : [];
  const ids = chosen.map((backup) => backup.id);
  const mayBeSealed = pulled.which !== 'chosen' || chosen.some((backup) => backup.isEncrypted !== false);
  const title = pulled.which === 'chosen' ? `Pull ${counted(chosen.length, 'backup')}` : TITLES[pulled.which];
  const request: StartPull = {
    project: project.id,
    ids,
    all: pulled.which === 'all',
    passphrase: passphrase === '' ? null : passphrase,
    streams,
    bytesPerSecond: megabytes === null ? null : megabytes * 1_000_000,
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(request);
  };
  const numeric = (value: number | string) => (typeof value === 'number' && value > 0 ? value : null);
  return (
    <Modal opened onClose={onClose} title={title} size="34rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <p className={css.text}>
          {pulled.which === 'chosen'
            ? `${counted(chosen.length, 'backup')}, ${sizeOf(chosen)}, from its platform into the vault. `
            : pulled.which === 'newest'
              ? 'The newest backup that is not here yet, from its platform into the vault. '
              : 'Every backup that is not here yet, from its platform into the vault: what it deletes first comes first. '}
          Each is checked and read back; only then it counts.
        </p>
        {mayBeSealed && (
          <PasswordInput
            label="Passphrase, if they are encrypted there"
            description="Opens them on this computer, for this pull alone. Left empty, the one that is stored for the project does."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={passphrase}
            autoComplete="off"
            onChange={(event) => setPassphrase(event.currentTarget.value)}
            data-autofocus
            data-testid="pull-passphrase"
          />
        )}
        <Stack gap={3} columns={2} align="start">
          <NumberInput
            label="Streams at most"
            placeholder="8"
            min={1}
            max={16}
            clampBehavior="strict"
            allowDecimal={false}
            value={streams ?? ''}
            onChange={(value) => setStreams(numeric(value))}
          />
          <NumberInput
            label="MB per second at most"
            placeholder="no limit"
            min={1}
            allowDecimal={false}
            value={megabytes ?? ''}
            onChange={(value) => setMegabytes(numeric(value))}
          />
        </Stack>
        {start.error && <ErrorPanel error={start.error} title="The pull did not start." />}
        <Equivalent
          asked={{
            of: 'pull',
            request: { ...request, project: project.name, passphrase: hidden(request.passphrase) },
          }}
        />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconCloudDown aria-hidden />}
            loading={start.isPending}
            data-testid="start-pull"
          >
            {title}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
