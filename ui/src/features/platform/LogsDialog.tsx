import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core';
import { IconLogs } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { LogFormatView, PlatformView, ReadLogs } from '../../ipc/bindings';
import { pickSaveFile } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { FieldRow, Stack } from '../../shared/Layout';
import css from './Platform.module.css';

const FORMATS: { value: LogFormatView; label: string; end: string }[] = [
  { value: 'json', label: 'JSON Lines', end: 'jsonl' },
  { value: 'text', label: 'Text', end: 'txt' },
];
const DAY_MS = 86_400_000;

/** A day in UTC as a field has it, as on the command line: the platforms' logs are in UTC. */
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const midnight = (day: string, later = 0) => {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number);
  return Date.UTC(year, month - 1, date + later);
};

/** Reads the platform's logs for a range of days: into a file, into the vault, or both. */
export function LogsDialog({
  project,
  view,
  onClose,
}: {
  project: { id: string; name: string };
  view: PlatformView;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const [from, setFrom] = useState(() => dayOf(Date.now() - DAY_MS));
  const [to, setTo] = useState(() => dayOf(Date.now()));
  const [source, setSource] = useState('');
  const [format, setFormat] = useState<LogFormatView>('json');
  const [path, setPath] = useState<string | null>(null);
  const [keep, setKeep] = useState(true);
  const start = useCommand('platform_logs', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const [fromMs, toMs] = [midnight(from), midnight(to, 1)];
  const reason =
    Number.isNaN(fromMs) || Number.isNaN(toMs)
      ? 'Choose both days.'
      : toMs <= fromMs
        ? 'The last day is before the first.'
        : !keep && path === null
          ? 'Keep them in the vault, or choose a file.'
          : null;
  const request: ReadLogs = {
    project: project.id,
    fromMs,
    toMs,
    source: source.trim() || null,
    path,
    format,
    replace: false,
    keep,
  };
  const choose = async () => {
    const end = FORMATS.find(({ value }) => value === format)?.end ?? 'jsonl';
    const chosen = await pickSaveFile(
      'Save the logs',
      `${project.name.replace(/[^\w.-]+/g, '-')}-${from}.${end}`,
    );
    if (chosen !== null) setPath(chosen);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) start.mutate(request);
  };
  return (
    <Modal opened onClose={onClose} title={`Logs of ${view.remoteName} at ${view.platform}`} size="36rem">
      <Stack as="form" gap={5} columns={1} onSubmit={onSubmit}>
        <FieldRow>
          <TextInput
            type="date"
            label="From (UTC)"
            value={from}
            max={to}
            onChange={(event) => setFrom(event.currentTarget.value)}
            data-testid="logs-from"
          />
          <TextInput
            type="date"
            label="To, the whole day (UTC)"
            value={to}
            min={from}
            onChange={(event) => setTo(event.currentTarget.value)}
            data-testid="logs-to"
          />
        </FieldRow>
        <TextInput
          label="Source, where it has more than one"
          description="As the platform calls it; empty for its usual one."
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
          data-testid="logs-source"
        />
        <Checkbox
          checked={keep}
          onChange={(event) => setKeep(event.currentTarget.checked)}
          label="Keep them in the vault, by days"
          data-testid="logs-keep"
        />
        <FieldRow>
          <NativeSelect
            label="Form of a file"
            value={format}
            data={FORMATS.map(({ value, label }) => ({ value, label }))}
            onChange={(event) => (setFormat(event.currentTarget.value as LogFormatView), setPath(null))}
          />
          <Button onClick={() => void choose()} data-testid="logs-file">
            {path === null ? 'Also to a file…' : 'Change the file…'}
          </Button>
        </FieldRow>
        {path !== null && (
          <p className={css.text}>
            <code>{path}</code>
          </p>
        )}
        {start.error && <ErrorPanel error={start.error} title="No logs were read." />}
        <Equivalent
          asked={
            reason === null ? { of: 'platform_logs', request: { ...request, project: project.name } } : null
          }
        />
        <DialogFoot reason={reason}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconLogs aria-hidden />}
            disabled={reason !== null}
            loading={start.isPending}
            data-testid="logs-start"
          >
            Read the logs
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
