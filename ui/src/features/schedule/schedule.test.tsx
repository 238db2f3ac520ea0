import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

async function openGoals(project = 'shop-prod') {
  const { calls } = installMock('home');
  renderApp(`/project/p-${project}`);
  await userEvent.click(await screen.findByRole('tab', { name: 'Goals and schedule' }));
  await screen.findByTestId('add-schedule');
  return calls;
}

test('each schedule says what it does, when, how it stands and why', async () => {
  await openGoals();
  const row = await screen.findByTestId('schedule-backup');
  expect(row.textContent).toMatch(/^Backup every day at 02:00, Europe\/Berlin/);
  expect(row.textContent).toContain('next');
});

test('a schedule is set with its conditions, and the same command line is shown', async () => {
  const calls = await openGoals();
  await userEvent.click(screen.getByTestId('add-schedule'));
  await userEvent.click(await screen.findByTestId('work-drill'));
  await userEvent.selectOptions(screen.getByTestId('schedule-rule'), 'weekly');
  await userEvent.selectOptions(screen.getByTestId('schedule-weekday'), 'saturday');
  await userEvent.selectOptions(screen.getByTestId('schedule-zone'), 'utc');
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
      of: 'schedule_set',
      request: { project: 'shop-prod', work: 'drill', rule: { kind: 'weekly', at: '02:00' }, zone: 'utc' },
    }),
  );
  await userEvent.click(screen.getByTestId('set-schedule'));
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'schedule_set',
      request: {
        project: 'p-shop-prod',
        name: null,
        work: 'drill',
        rule: { kind: 'weekly', day: 'saturday', at: '02:00' },
        zone: 'utc',
        jitterS: 0,
        keepMs: null,
        creates: null,
        on: null,
        image: null,
        conditions: { batteryPercentMin: 30, unmeteredOnly: true, quiet: null, maintenance: null },
      },
    }),
  );
});

test('what is missing is said before anything is sent', async () => {
  await openGoals();
  await userEvent.click(screen.getByTestId('add-schedule'));
  await userEvent.selectOptions(await screen.findByTestId('schedule-rule'), 'cron');
  await userEvent.clear(screen.getByTestId('schedule-cron'));
  expect(within(screen.getByRole('dialog')).getByText(/Cron wants five fields/)).toBeTruthy();
  expect(screen.getByTestId('set-schedule').hasAttribute('disabled')).toBe(true);
});

test('a schedule is paused until somebody resumes it', async () => {
  const calls = await openGoals();
  await userEvent.click(await screen.findByTestId('schedule-acts-backup'));
  await userEvent.click(await screen.findByTestId('pause-schedule'));
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'schedule_pause',
      request: { project: 'p-shop-prod', name: 'backup', untilMs: null },
    }),
  );
});

test('a schedule says how long its backups are kept, and when its server is worked on', async () => {
  const calls = await openGoals();
  await userEvent.click(screen.getByTestId('add-schedule'));
  await userEvent.type(await screen.findByTestId('schedule-keep'), '30');
  await userEvent.type(screen.getByTestId('maintained-from'), '01:00');
  expect(screen.getByText('Maintenance needs its beginning and its end.')).toBeTruthy();
  await userEvent.type(screen.getByTestId('maintained-to'), '03:00');
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
      of: 'schedule_set',
      request: {
        keepMs: 30 * 86_400_000,
        conditions: { maintenance: { day: null, hours: { from: '01:00', to: '03:00' } } },
      },
    }),
  );
  await userEvent.click(screen.getByTestId('set-schedule'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'schedule_set')?.request).toMatchObject({
      keepMs: 30 * 24 * 3_600_000,
      conditions: { maintenance: { day: null, hours: { from: '01:00', to: '03:00' } } },
    }),
  );
});

test('a schedule has the platform make what it offers, and says the same command line', async () => {
  const { calls } = installMock('platforms');
  renderApp('/project/p-booking-manager');
  await userEvent.click(await screen.findByRole('tab', { name: 'Goals and schedule' }));
  await userEvent.click(await screen.findByTestId('add-schedule'));
  await userEvent.click(await screen.findByTestId('work-create'));
  const dialog = within(screen.getByRole('dialog'));
  expect(dialog.getByText('Choose what its platform makes.')).toBeTruthy();
  await userEvent.selectOptions(await screen.findByTestId('creates-kind'), 'database');
  await userEvent.click(dialog.getByLabelText('Compress it, where there is a choice'));
  expect(screen.getByTestId<HTMLInputElement>('creates-encrypt').disabled).toBe(true);
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
      of: 'schedule_set',
      request: { project: 'booking-manager', creates: { kind: 'database', compress: false } },
    }),
  );
  await userEvent.click(screen.getByTestId('set-schedule'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'schedule_set')?.request).toMatchObject({
      work: 'pull',
      creates: {
        kind: 'database',
        compress: false,
        encrypt: false,
        format: null,
        notifyEmail: null,
        rangeMs: null,
      },
    }),
  );
});

test('a drill is scheduled in a container, once its image is named', async () => {
  const calls = await openGoals();
  await userEvent.click(screen.getByTestId('add-schedule'));
  await userEvent.click(await screen.findByTestId('work-drill'));
  await userEvent.selectOptions(screen.getByTestId('drill-on'), 'container');
  expect(screen.getByTestId<HTMLButtonElement>('set-schedule').disabled).toBe(true);
  await userEvent.type(screen.getByTestId('drill-image'), 'supabase/postgres:15.8.1.085');
  await userEvent.click(screen.getByTestId('drill-pull'));
  await userEvent.click(screen.getByTestId('set-schedule'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'schedule_set')?.request).toMatchObject({
      work: 'drill',
      on: null,
      image: { name: 'supabase/postgres:15.8.1.085', pull: true },
    }),
  );
  expect(await screen.findByText('Drill in a container of supabase/postgres:15.8.1.085')).toBeDefined();
});
