import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { bothRow, platformForms, platformSettings } from '../../ipc/mock/platforms';
import { NOW } from '../../ipc/mock/projects';
import { blankPlatform, credentialsOf, missingOf, platformAsked, settingsOf } from './platformForm';

const bothView = (connection: null) => ({
  row: bothRow,
  connection,
  serverVersion: null,
  createdAtMs: NOW,
  hasPassword: false,
  platform: { ...platformSettings, kind: 'supabase' as const },
  backupCommand: 'holdfast backup run clinic-cloud',
});

const isOff = (id: string) => screen.getByTestId<HTMLButtonElement>(id).disabled;

async function fill(password: string) {
  await user.click(await screen.findByTestId('kind-supamanager'));
  await user.click(screen.getByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('platform-address'), 'https://manager.example');
  await user.type(screen.getByTestId('platform-reference'), 'hjkqwz');
  await user.type(screen.getByTestId('platform-account'), 'ops@booking.example');
  await user.type(screen.getByTestId('credential-password'), password);
}

test('a platform is chosen, tested and added, and its credentials go beside its settings', async () => {
  const { calls } = installMock('empty');
  const { router } = renderApp('/connect');
  await fill('sesame12');
  expect(isOff('connect-save')).toBe(true);
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/project/p-booking-manager'));
  expect(calls.find((call) => call.name === 'project_add')?.request).toEqual({
    name: 'hjkqwz',
    label: 'production',
    connection: null,
    password: null,
    sshSecret: null,
    platform: {
      kind: 'supamanager',
      address: 'https://manager.example',
      reference: 'hjkqwz',
      account: 'ops@booking.example',
      more: {},
    },
    credentials: { password: 'sesame12' },
  });
});

test('a refused sign-in names what to do, and nothing can be saved', async () => {
  installMock('empty');
  renderApp('/connect');
  await fill('wrong');
  await user.click(screen.getByTestId('connect-test'));
  expect((await screen.findByTestId('fix-sign_in')).textContent).toContain('Type the password again');
  expect(isOff('connect-save')).toBe(true);
});

test('what changed after its test has to be tested again', async () => {
  installMock('empty');
  renderApp('/connect');
  await fill('sesame12');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.type(screen.getByTestId('platform-reference'), 'x');
  expect(isOff('connect-save')).toBe(true);
  expect(screen.getByText('Something changed. Test it again to go on.')).toBeTruthy();
});

test('stored credentials are never shown, and stay when they are left empty', async () => {
  const { calls } = installMock('platforms');
  renderApp('/project/p-booking-manager/edit');
  expect((await screen.findByTestId<HTMLInputElement>('credential-password')).value).toBe('');
  expect(screen.getByTestId<HTMLInputElement>('platform-address').value).toBe('https://manager.example');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'project_edit')?.request).toMatchObject({
      name: null,
      platform: platformSettings,
      credentials: {},
    }),
  );
});

test('usual values stand at first, what only one kind has goes among the rest, and no secret is on the command line', () => {
  const telegram = platformForms[3]!;
  const draft = { ...blankPlatform(telegram), name: 'chat' };
  expect(missingOf(telegram, draft, false)).toBe('Enter “Address” first.');
  draft.settings['address'] = 'https://telegram.example';
  draft.settings['reference'] = '7';
  expect(missingOf(telegram, draft, false)).toBe('Enter “Token” first.');
  expect(missingOf(telegram, draft, true)).toBeNull();
  draft.credentials = { token: 'secret-token', bot: '' };
  expect(credentialsOf(draft)).toEqual({ token: 'secret-token' });
  expect(settingsOf(telegram, draft).more).toEqual({
    bot_address: 'https://api.telegram.org',
    dialect: 'server',
  });
  const asked = platformAsked(telegram, draft);
  expect(JSON.stringify(asked)).not.toContain('secret-token');
  expect(asked).toMatchObject({ of: 'project_add', request: { credentials: { token: '' } } });
});

test('the projects of an account are listed with those that are here, and several are added at once', async () => {
  const { calls } = installMock('empty');
  renderApp('/connect');
  await user.click(await screen.findByTestId('kind-supabase'));
  await user.click(screen.getByTestId('connect-kind-next'));
  expect((await screen.findByTestId<HTMLButtonElement>('account-list')).disabled).toBe(true);
  await user.type(screen.getByTestId('credential-token'), 'sbp_1');
  await user.click(screen.getByTestId('account-list'));
  const table = await screen.findByTestId('account-projects');
  expect(table.textContent).toContain('eu-central-1, Postgres 15.8');
  expect(table.textContent).toContain('here as shop-prod');
  expect(isOff('account-project-bcdefghijklmnopqrstu')).toBe(true);
  await user.click(screen.getByTestId('account-all'));
  // Of what signs in, the command line knows its name alone.
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toEqual({
      of: 'project_add_chosen',
      request: {
        account: {
          platform: {
            kind: 'supabase',
            address: 'https://api.supabase.com',
            reference: '',
            account: null,
            more: {},
          },
          credentials: { token: '' },
          project: null,
        },
        label: 'production',
        references: ['abcdefghijklmnopqrst', 'cdefghijklmnopqrstuv'],
      },
    }),
  );
  await user.click(screen.getByTestId('account-add'));
  expect((await screen.findByTestId('account-added')).textContent).toContain('Old bookings');
  expect(calls.find((call) => call.name === 'platform_projects_add')?.request).toEqual({
    account: {
      platform: {
        kind: 'supabase',
        address: 'https://api.supabase.com',
        reference: '',
        account: null,
        more: {},
      },
      credentials: { token: 'sbp_1' },
      project: null,
    },
    label: 'production',
    references: ['abcdefghijklmnopqrst', 'cdefghijklmnopqrstuv'],
  });
});

test('one project of an account fills the form, with its name', async () => {
  installMock('empty');
  renderApp('/connect');
  await user.click(await screen.findByTestId('kind-supabase'));
  await user.click(screen.getByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('credential-token'), 'sbp_1');
  await user.click(screen.getByTestId('account-list'));
  await user.click(await screen.findByTestId('account-project-abcdefghijklmnopqrst'));
  await user.click(screen.getByTestId('account-use'));
  expect(screen.getByTestId<HTMLInputElement>('platform-reference').value).toBe('abcdefghijklmnopqrst');
  expect(screen.getByTestId<HTMLInputElement>('connect-name').value).toBe('Bookings');
});

test('a project of the cloud is added, and its database is connected next or later', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0, project_add: () => bothView(null) });
  renderApp('/connect');
  await user.click(await screen.findByTestId('kind-supabase'));
  await user.click(screen.getByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('platform-reference'), 'abcdefghijklmnopqrst');
  await user.type(screen.getByTestId('credential-token'), 'sbp_secret12');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  expect(screen.getByTestId('connect-save').textContent).toBe('Next: its database');
  await user.click(screen.getByTestId('connect-save'));

  await user.type(
    await screen.findByTestId('connect-string'),
    'postgresql://reader:secret12@db.clinic.example:5432/clinic{Enter}',
  );
  await waitFor(() =>
    expect(screen.getByTestId<HTMLInputElement>('connect-host').value).toBe('db.clinic.example'),
  );
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  expect(await screen.findByTestId('backup-now')).toBeTruthy();
  // Of the platform, which is saved by now, nothing is sent again.
  expect(calls.find((call) => call.name === 'project_edit')?.request).toMatchObject({
    project: 'p-clinic-cloud',
    name: null,
    password: 'secret12',
    platform: null,
    credentials: {},
  });
});

test('a platform is added to a database that is there, which stays as it is', async () => {
  const { calls } = installMock('home');
  renderApp('/project/p-shop-prod/edit?side=platform');
  expect(await screen.findByText('Which platform is shop-prod on?')).toBeTruthy();
  expect(screen.queryByTestId('kind-postgres')).toBeNull();
  await user.click(screen.getByTestId('kind-supamanager'));
  await user.click(screen.getByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('platform-address'), 'https://manager.example');
  await user.type(screen.getByTestId('platform-reference'), 'hjkqwz');
  await user.type(screen.getByTestId('platform-account'), 'ops@shop.example');
  await user.type(screen.getByTestId('credential-password'), 'sesame12');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'project_edit')?.request).toMatchObject({
      project: 'p-shop-prod',
      name: null,
      connection: null,
      password: null,
      sshSecret: null,
      platform: { kind: 'supamanager', reference: 'hjkqwz' },
      credentials: { password: 'sesame12' },
    }),
  );
});

test('a connection is added to a project on a platform, whose settings and credentials stay', async () => {
  const { calls } = installMock('platforms', { rungPauseMs: 0 });
  renderApp('/project/p-booking-manager/edit?side=database');
  expect(await screen.findByText('Where is the database of booking-manager?')).toBeTruthy();
  await user.type(
    screen.getByTestId('connect-string'),
    'postgresql://reader:secret12@db.booking.example:5432/booking{Enter}',
  );
  await waitFor(() =>
    expect(screen.getByTestId<HTMLInputElement>('connect-host').value).toBe('db.booking.example'),
  );
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'project_edit')?.request).toMatchObject({
      connection: { host: 'db.booking.example' },
      password: 'secret12',
      platform: null,
      credentials: {},
    }),
  );
});
