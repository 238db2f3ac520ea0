import { Button, Checkbox, Modal, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { ProjectRow, RuleView, ScheduleView, WorkView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { DrillPlace } from '../../shared/DrillPlace';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { RadioRows } from '../../shared/RadioRows';
import {
  BATTERY_PERCENT,
  draftOf,
  isDrilled,
  lackOf,
  makesBackups,
  newCreates,
  newDraft,
  requestOf,
  RULES,
  WEEKDAYS,
  WORKS,
  type Draft,
} from './draft';
import { Creates } from './Creates';
import css from './Schedule.module.css';

type Part = { draft: Draft; onChange: (draft: Draft) => void };

function When({ draft, onChange }: Part) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <div className={css.when}>
      <NativeSelect
        label="How often"
        value={draft.kind}
        data={RULES}
        onChange={(event) => set({ kind: event.currentTarget.value as RuleView['kind'] })}
        data-testid="schedule-rule"
      />
      {draft.kind === 'weekly' && (
        <NativeSelect
          label="On"
          value={draft.weekday}
          data={WEEKDAYS}
          onChange={(event) => set({ weekday: event.currentTarget.value })}
          data-testid="schedule-weekday"
        />
      )}
      {draft.kind === 'monthly' && (
        <NumberInput
          label="On day"
          value={draft.monthday}
          min={1}
          max={31}
          clampBehavior="strict"
          allowDecimal={false}
          onChange={(value) => set({ monthday: typeof value === 'number' ? value : 1 })}
          data-testid="schedule-day"
        />
      )}
      {draft.kind === 'cron' ? (
        <TextInput
          className={css.mono}
          label="Expression"
          value={draft.expression}
          onChange={(event) => set({ expression: event.currentTarget.value })}
          spellCheck={false}
          autoComplete="off"
          data-testid="schedule-cron"
        />
      ) : (
        draft.kind !== 'hourly' && (
          <TextInput
            type="time"
            label="At"
            value={draft.at}
            onChange={(event) => set({ at: event.currentTarget.value })}
            data-testid="schedule-at"
          />
        )
      )}
      <NativeSelect
        label="By"
        value={draft.isUtc ? 'utc' : 'local'}
        data={[
          { value: 'local', label: 'this computer’s clock' },
          { value: 'utc', label: 'UTC' },
        ]}
        onChange={(event) => set({ isUtc: event.currentTarget.value === 'utc' })}
        data-testid="schedule-zone"
      />
    </div>
  );
}

function Waits({ draft, onChange }: Part) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <fieldset className={css.waits}>
      <legend>It waits</legend>
      <Checkbox
        label={`on a battery below ${BATTERY_PERCENT} %`}
        checked={draft.waitsOnBattery}
        onChange={(event) => set({ waitsOnBattery: event.currentTarget.checked })}
      />
      <Checkbox
        label="on a metered network"
        checked={draft.waitsOnMetered}
        onChange={(event) => set({ waitsOnMetered: event.currentTarget.checked })}
      />
      <div className={css.quiet}>
        <TextInput
          type="time"
          label="in quiet hours from"
          value={draft.quietFrom}
          onChange={(event) => set({ quietFrom: event.currentTarget.value })}
          data-testid="quiet-from"
        />
        <TextInput
          type="time"
          label="to"
          value={draft.quietTo}
          onChange={(event) => set({ quietTo: event.currentTarget.value })}
          data-testid="quiet-to"
        />
      </div>
      <p>Not when the recovery point is at risk: then it runs all the same, and says so.</p>
    </fieldset>
  );
}

/** Hours that never give way: what is read in them may be half of a change. */
function Maintenance({ draft, onChange }: Part) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <fieldset className={css.waits}>
      <legend>Maintenance window</legend>
      <div className={css.quiet}>
        <NativeSelect
          label="on"
          value={draft.maintainedOn}
          data={[{ value: '', label: 'every day' }, ...WEEKDAYS]}
          onChange={(event) => set({ maintainedOn: event.currentTarget.value })}
        />
        <TextInput
          type="time"
          label="from"
          value={draft.maintainedFrom}
          onChange={(event) => set({ maintainedFrom: event.currentTarget.value })}
          data-testid="maintained-from"
        />
        <TextInput
          type="time"
          label="to"
          value={draft.maintainedTo}
          onChange={(event) => set({ maintainedTo: event.currentTarget.value })}
          data-testid="maintained-to"
        />
      </div>
      <p>Nothing runs in these hours, whatever the recovery point is.</p>
    </fieldset>
  );
}

function Keep({ draft, onChange }: Part) {
  return (
    <NumberInput
      className={css.keep}
      label="Keep each of its backups for"
      description="Days; left empty, the project’s retention says how long."
      placeholder="as the retention says"
      value={draft.keepDays}
      min={1}
      max={36_600}
      clampBehavior="strict"
      allowDecimal={false}
      onChange={(value) => onChange({ ...draft, keepDays: typeof value === 'number' ? value : '' })}
      data-testid="schedule-keep"
    />
  );
}

type Props = { project: ProjectRow; schedule: ScheduleView | null; onClose: () => void };

/** A schedule, new or changed. */
export function ScheduleDialog({ project, schedule, onClose }: Props) {
  const [draft, setDraft] = useState(() =>
    schedule ? draftOf(schedule) : newDraft(!project.hasDatabase && project.platform !== null),
  );
  const set = useCommand('schedule_set', {
    onSuccess: ({ name, because }) => {
      announce(`${name} is set. ${because}`);
      onClose();
    },
  });
  const works = WORKS.filter((work) =>
    work.value === 'backup'
      ? project.hasDatabase
      : work.isPlatform === undefined || project.platform !== null,
  );
  const rows = works.map(({ value, title, detail }) => ({
    value: value as WorkView | 'create',
    title,
    detail,
    testId: `work-${value}`,
  }));
  if (project.platform !== null)
    rows.splice(rows.findIndex(({ value }) => value === 'pull') + 1, 0, {
      value: 'create',
      title: 'Back up there, and pull',
      detail: 'Its platform makes one of the kind that you choose; then all comes here that is not here.',
      testId: 'work-create',
    });
  const onWork = (work: WorkView | 'create') =>
    setDraft(
      work === 'create'
        ? { ...draft, work: 'pull', creates: newCreates('') }
        : { ...draft, work, creates: null },
    );
  const lack = lackOf(draft);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lack === null) set.mutate(requestOf(project.id, draft));
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={schedule ? `Change ${schedule.name}` : `What ${project.name} gets by itself`}
      size="38rem"
    >
      <form className={css.form} onSubmit={onSubmit}>
        {schedule === null && (
          <RadioRows
            label="What is done"
            name="schedule-work"
            value={draft.creates === null ? draft.work : 'create'}
            onChange={onWork}
            rows={rows}
          />
        )}
        {draft.creates !== null && (
          <Creates
            project={project.id}
            creates={draft.creates}
            onChange={(creates) => setDraft({ ...draft, creates })}
          />
        )}
        {isDrilled(draft.work) && (
          <DrillPlace place={draft.place} onChange={(place) => setDraft({ ...draft, place })} />
        )}
        <When draft={draft} onChange={setDraft} />
        {schedule === null && (
          <TextInput
            label="Name, where there are several of a kind"
            placeholder="as what is done"
            value={draft.name}
            maxLength={60}
            onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
            data-testid="schedule-name"
          />
        )}
        {makesBackups(draft.work) && <Keep draft={draft} onChange={setDraft} />}
        <Waits draft={draft} onChange={setDraft} />
        <Maintenance draft={draft} onChange={setDraft} />
        {set.error && <ErrorPanel error={set.error} title="It was not set." />}
        <Equivalent
          asked={lack === null ? { of: 'schedule_set', request: requestOf(project.name, draft) } : null}
        />
        <DialogFoot reason={lack ?? 'Missed times are made up for by one run; nothing runs twice.'}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={lack !== null}
            loading={set.isPending}
            data-testid="set-schedule"
          >
            {schedule ? 'Change it' : 'Set the schedule'}
          </Button>
        </DialogFoot>
      </form>
    </Modal>
  );
}
