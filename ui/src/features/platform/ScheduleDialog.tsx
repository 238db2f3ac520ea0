import { Button, Modal, NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { PlatformView, RemoteScheduleView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import css from './Platform.module.css';
import { scheduleWords } from './words';

const USUAL: RemoteScheduleView = {
  enabled: true,
  frequency: 'daily',
  time: '02:00',
  kind: null,
  retention: 7,
};
const FREQUENCIES = [
  { value: 'hourly', label: 'Every hour' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
];

/** The platform's own schedule, read and changed. */
export function ScheduleDialog({
  project,
  view,
  onClose,
}: {
  project: { id: string; name: string };
  view: PlatformView;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<RemoteScheduleView>(
    view.schedule ?? { ...USUAL, kind: view.creatable[0] ?? null },
  );
  const save = useCommand('platform_schedule_set', { onSuccess: onClose });
  const set = (change: Partial<RemoteScheduleView>) => setDraft((known) => ({ ...known, ...change }));
  const lacks = /^([01]\d|2[0-3]):[0-5]\d$/.test(draft.time)
    ? null
    : 'The time is hours and minutes, as in 02:00.';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lacks === null) save.mutate({ project: project.id, schedule: draft });
  };
  return (
    <Modal opened onClose={onClose} title={`Schedule of ${view.remoteName} at ${view.platform}`} size="34rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <p className={css.text}>
          It runs there, by itself; what it makes comes here with a pull. Now:{' '}
          {view.schedule === null ? 'none is known' : scheduleWords(view.schedule)}.
        </p>
        <Switch
          label="It runs"
          checked={draft.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
          data-testid="schedule-enabled"
        />
        <Stack gap={3} columns={2} align="start">
          <NativeSelect
            label="How often"
            value={draft.frequency}
            onChange={(event) => set({ frequency: event.currentTarget.value })}
            data={FREQUENCIES}
          />
          <TextInput
            label="Time, UTC"
            value={draft.time}
            disabled={draft.frequency === 'hourly'}
            description={draft.frequency === 'hourly' ? 'Every hour has none.' : undefined}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            onChange={(event) => set({ time: event.currentTarget.value })}
            data-testid="schedule-time"
          />
          {view.creatable.length > 0 && (
            <NativeSelect
              label="Kind"
              value={draft.kind ?? ''}
              onChange={(event) => set({ kind: event.currentTarget.value || null })}
              data={[
                ...(draft.kind === null ? [{ value: '', label: 'As usual there' }] : []),
                ...view.creatable,
              ]}
            />
          )}
          <NumberInput
            label="How many are kept there"
            min={1}
            max={1000}
            allowDecimal={false}
            value={draft.retention ?? ''}
            onChange={(value) => set({ retention: typeof value === 'number' && value > 0 ? value : null })}
          />
        </Stack>
        {save.error && <ErrorPanel error={save.error} title="The schedule was not changed." />}
        <DialogFoot reason={lacks}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={lacks !== null}
            loading={save.isPending}
            data-testid="save-schedule"
          >
            Save the schedule
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
