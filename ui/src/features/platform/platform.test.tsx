import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { platformView, remote } from '../../ipc/mock/platforms';
import { NOW } from '../../ipc/mock/projects';
import { whyNot } from '../../shared/platforms';
import { heroSentence, scheduleWords, stateOf } from './words';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const AT = '/project/p-booking-manager';
const list = () => screen.findByRole('grid', { name: 'Backups at SupaManager, newest first' });
const isOff = (id: string) => screen.getByTestId<HTMLButtonElement>(id).disabled;

test('a platform’s project opens at its platform, with the answer first and its oddities as warnings', async () => {
  installMock('platforms');
  renderApp(AT);
  expect((await screen.findByTestId('platform-sentence')).textContent).toBe(
    '3 of its 12 backups are here. The newest is 5 h old and not here yet.',
  );
  expect(screen.getByTestId('platform-notes').textContent).toContain('still calls the day protected');
  expect(screen.getByText('One backup goes within 7 days and is not here.')).toBeTruthy();
  expect(screen.queryByTestId('back-up-now')).toBeNull();
});

test('the newest is pulled with the passphrase that was typed, and its run is shown', async () => {
  const { calls } = installMock('platforms');
  const { router } = renderApp(AT);
  await user.click(await screen.findByTestId('pull-newest'));
  await user.type(await screen.findByTestId('pull-passphrase'), 'sesame');
  expect((await screen.findAllByText(/^holdfast pull .*booking-manager/)).length).toBeGreaterThan(0);
  await user.click(screen.getByTestId('start-pull'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-pull'));
  expect(calls.find((call) => call.name === 'pull_start')?.request).toEqual({
    project: 'p-booking-manager',
    ids: [],
    all: false,
    passphrase: 'sesame',
    streams: null,
    bytesPerSecond: null,
  });
});

test('several are chosen with the space bar, and only those that can be had are pulled', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown} {ArrowDown} {End} ');
  await user.click(await screen.findByTestId('pull-chosen'));
  await user.click(await screen.findByTestId('start-pull'));
  await waitFor(() => expect(calls.some((call) => call.name === 'pull_start')).toBe(true));
  expect(calls.find((call) => call.name === 'pull_start')?.request).toMatchObject({
    ids: ['rb-11', 'rb-01'],
    all: false,
  });
});

test('what cannot be pulled is off, with the reason in sight', async () => {
  installMock('platforms');
  renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown}');
  await screen.findByTestId('pull-chosen');
  expect(isOff('pull-chosen')).toBe(true);
  expect(screen.getByText(/It cannot be pulled: it is still being made\./)).toBeTruthy();
});

test('deleting there is planned, warned of, and done only with the typed name', async () => {
  const { calls } = installMock('platforms');
  const { router } = renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await user.click(await screen.findByTestId('delete-there'));
  await screen.findByText(
    'It is not in the vault: once deleted there, it is gone. Pull it first to keep it.',
  );
  expect(isOff('apply-remote')).toBe(true);
  await user.type(screen.getByTestId('confirm-remote'), 'booking-manage{Enter}');
  expect(calls.some((call) => call.name === 'platform_apply')).toBe(false);
  await user.type(screen.getByTestId('confirm-remote'), 'r');
  await user.click(screen.getByTestId('apply-remote'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-pull'));
  expect(calls.find((call) => call.name === 'platform_apply')?.request).toEqual({
    planId: 'rp-delete-rb-11',
    confirm: 'booking-manager',
  });
});

test('a plan with a blocker has no button that does it', async () => {
  installMock('platforms', {
    platform_deletion_plan: () => ({
      planId: 'x',
      act: 'delete',
      effects: [],
      blockers: ['The platform holds it.'],
      warnings: [],
      parts: [],
      safety: null,
      confirm: 'booking-manager',
      button: 'Delete',
      command: '',
    }),
  });
  renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await user.click(await screen.findByTestId('delete-there'));
  await screen.findByText('The platform holds it.');
  expect(screen.queryByTestId('apply-remote')).toBeNull();
});

test('a restore there makes a safety backup first unless somebody says why not', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await user.click(await screen.findByTestId('restore-there'));
  const planned = () =>
    calls.filter((call) => call.name === 'platform_restore_plan').map((call) => call.request);
  await user.click(await screen.findByTestId('safety'));
  // What comes back is what can be had, before anybody chose.
  expect(planned()[0]).toEqual({
    project: 'p-booking-manager',
    id: 'rb-11',
    atMs: null,
    point: null,
    database: null,
    storage: null,
    config: null,
    noSafetyBecause: null,
    uncoveredBecause: null,
  });
  expect(isOff('plan-remote')).toBe(true);
  await user.type(screen.getByTestId('no-safety-because'), 'a copy for tests');
  expect(isOff('plan-remote')).toBe(false);
  await user.click(screen.getByTestId('plan-remote'));
  await screen.findByText('No safety backup is made: a copy for tests');
  expect(planned().at(-1)).toMatchObject({ noSafetyBecause: 'a copy for tests', uncoveredBecause: null });
});

test('a part that cannot come back says why, and what the safety backup cannot hold asks for a reason', async () => {
  const { calls } = installMock('platforms', {
    platform_restore_plan: ({ uncoveredBecause }) => ({
      planId: 'x',
      act: 'restore',
      effects: ['It is restored.'],
      blockers: [],
      warnings: uncoveredBecause === null ? [] : [`Not kept: ${uncoveredBecause}`],
      parts: [
        { part: 'database', isChosen: true, cannot: null, isKept: true },
        { part: 'storage', isChosen: true, cannot: null, isKept: false },
        { part: 'config', isChosen: false, cannot: 'such a backup holds no configuration', isKept: false },
      ],
      safety: 'Holdfast first backs the database up into the vault, and reads it back.',
      confirm: 'booking-manager',
      button: 'Restore',
      command: '',
    }),
  });
  renderApp(AT);
  (await list()).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await user.click(await screen.findByTestId('restore-there'));
  expect((await screen.findByTestId<HTMLInputElement>('part-config')).disabled).toBe(true);
  expect(screen.getByText('Not from here: such a backup holds no configuration.')).toBeTruthy();
  // The label is what is really done.
  expect(
    screen.getByText('Holdfast first backs the database up into the vault, and reads it back.'),
  ).toBeTruthy();
  expect(isOff('plan-remote')).toBe(true);
  await user.type(screen.getByTestId('uncovered-because'), 'they are copied elsewhere');
  await user.click(screen.getByTestId('plan-remote'));
  await screen.findByText('Not kept: they are copied elsewhere');
  expect(calls.filter((call) => call.name === 'platform_restore_plan').at(-1)?.request).toMatchObject({
    noSafetyBecause: null,
    uncoveredBecause: 'they are copied elsewhere',
  });
});

test('a backup is started there and pulled once it is done, by default', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  await user.click(await screen.findByTestId('create-there'));
  await user.selectOptions(await screen.findByTestId('create-kind'), 'database');
  await user.type(screen.getByTestId('create-reason'), 'Before release');
  await user.click(screen.getByTestId('start-remote'));
  await waitFor(() => expect(calls.some((call) => call.name === 'platform_create')).toBe(true));
  expect(calls.find((call) => call.name === 'platform_create')?.request).toMatchObject({
    kind: 'database',
    reason: 'Before release',
    thenPull: true,
    fromMs: null,
    toMs: null,
  });
});

test('a new project is made with the account of this one, and followed', async () => {
  const { calls } = installMock('platform_cloud');
  renderApp(AT);
  await user.click(await screen.findByTestId('new-project'));
  const name = await screen.findByTestId<HTMLInputElement>('new-project-name');
  await user.clear(name);
  expect(isOff('make-project')).toBe(true);
  await user.type(name, 'booking-again');
  await user.type(screen.getByTestId('new-project-region'), ' eu-west-1 ');
  await user.click(screen.getByTestId('make-project'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'platform_new_project')?.request).toMatchObject({
      name: 'booking-again',
      label: 'staging',
      region: 'eu-west-1',
      organization: null,
    }),
  );
});

test('the schedule is read and changed, and a time that is none is not sent', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  await user.click(await screen.findByTestId('edit-schedule'));
  const time = await screen.findByTestId<HTMLInputElement>('schedule-time');
  await user.clear(time);
  await user.type(time, '25:00');
  expect(isOff('save-schedule')).toBe(true);
  await user.clear(time);
  await user.type(time, '03:30');
  await user.click(screen.getByTestId('save-schedule'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'platform_schedule_set')?.request).toMatchObject({
      schedule: { enabled: true, frequency: 'daily', time: '03:30', retention: 14 },
    }),
  );
});

test('pausing the project there asks for its name first', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  await user.click(await screen.findByTestId('act-pause'));
  expect(calls.some((call) => call.name === 'platform_act')).toBe(false);
  await user.type(await screen.findByTestId('confirm-pause'), 'booking-manager');
  await user.click(screen.getByTestId('pause-there'));
  expect((await screen.findByTestId('act-said')).textContent).toContain('State pausing');
});

test('an account that may only read sees every act, and beside each why not', async () => {
  installMock('platform_limited');
  renderApp(AT);
  await screen.findByTestId('platform-sentence');
  expect(isOff('create-there')).toBe(true);
  expect(isOff('act-pause')).toBe(true);
  expect(screen.getByText('SupaManager cannot start a backup: the account may only read.')).toBeTruthy();
  expect(screen.getByText('SupaManager cannot pause the project: the account may only read.')).toBeTruthy();
});

test('a cloud that gives no bytes goes back to a second or a named point, planned first', async () => {
  const { calls } = installMock('platform_cloud');
  renderApp(AT);
  await user.click(await screen.findByRole('button', { name: 'Go back…' }));
  await user.click(await screen.findByTestId('plan-remote'));
  await screen.findByTestId('remote-plan');
  expect(calls.find((call) => call.name === 'platform_restore_plan')?.request).toMatchObject({
    id: null,
    atMs: null,
    point: 'before-release-8',
  });
});

test('a platform that cannot be asked says so and leads to its connection', async () => {
  installMock('platform_unreachable');
  renderApp(AT);
  const panel = await screen.findByTestId('error-panel');
  expect(panel.textContent).toContain('does not answer');
  expect(screen.getByText('Change the connection').closest('[href]')?.getAttribute('href')).toContain(
    `${AT}/edit`,
  );
});

test('thousands of backups there draw only the rows in sight', async () => {
  installMock('platform_many');
  renderApp(AT);
  expect((await list()).querySelectorAll('[aria-selected]').length).toBeLessThan(80);
});

test('a project of files imports files and never backs up a server', async () => {
  installMock('platforms');
  renderApp('/project/p-old-shop');
  await screen.findByRole('button', { name: 'Import a file…' });
  expect(screen.queryByTestId('back-up-now')).toBeNull();
  expect(screen.queryByRole('tab', { name: /^At / })).toBeNull();
});

test('words: a claim is told as one, and what a platform does not name it cannot', () => {
  expect(stateOf(remote({ id: 'a' }))).toEqual({ state: 'idle', words: 'done, it says' });
  expect(stateOf(remote({ id: 'a', state: 'odd' }))).toEqual({ state: 'inconclusive', words: 'odd' });
  expect(whyNot(platformView, 'fly')).toBe('SupaManager cannot fly: SupaManager does not say that it can.');
  expect(heroSentence({ ...platformView, backups: [], total: 0 }, NOW)).toBe(
    'SupaManager has no backup of it yet.',
  );
  expect(
    scheduleWords({ enabled: false, frequency: 'daily', time: '02:00', kind: null, retention: null }),
  ).toBe('off');
});

test('the passphrase that opens what it encrypts is stored, and is on no command line', async () => {
  const { calls } = installMock('platforms');
  renderApp(AT);
  await user.click(await screen.findByTestId('set-passphrase'));
  expect(screen.queryByTestId('forget-passphrase')).toBeNull();
  await user.type(await screen.findByTestId('platform-passphrase'), 'sesame');
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: { of: 'platform_passphrase', request: { project: 'booking-manager', passphrase: '' } },
    }),
  );
  await user.click(screen.getByTestId('store-passphrase'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'platform_passphrase_set')?.request).toEqual({
      project: 'p-booking-manager',
      passphrase: 'sesame',
    }),
  );
});
