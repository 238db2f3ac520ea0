import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { fail, installMock, type Handlers } from '../../ipc/mock';
import { databaseAddresses } from '../../ipc/mock/account';
import { brokenLadder } from '../../ipc/mock/ladders';
import { bothRow, platformSettings } from '../../ipc/mock/platforms';
import { NOW } from '../../ipc/mock/projects';

const isOff = (id: string) => screen.getByTestId<HTMLButtonElement>(id).disabled;
const shown = (id: string) => screen.getByTestId(id).textContent;

const project_add: Handlers['project_add'] = ({ connection }) => ({
  row: bothRow,
  connection,
  serverVersion: null,
  createdAtMs: NOW,
  hasPassword: connection !== null,
  platform: { ...platformSettings, kind: 'supabase' },
  backupCommand: 'holdfast backup run clinic-cloud',
});

/** The project and its token are given, and the platform was tested. */
async function found() {
  renderApp('/connect');
  await user.click(await screen.findByTestId('kind-supabase'));
  await user.click(screen.getByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('platform-reference'), 'abcdefghijklmnopqrst');
  await user.type(screen.getByTestId('credential-token'), 'sbp_secret12');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('connect-save')).toBe(false));
}

test('the database is found, its address is shown, and project and connection are added in one step', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0, project_add });
  await found();
  expect((await screen.findByTestId('found-address')).textContent).toContain(
    'aws-0-eu-central-1.pooler.supabase.com:5432',
  );
  expect(calls.find((call) => call.name === 'platform_database')?.request).toMatchObject({
    platform: { reference: 'abcdefghijklmnopqrst' },
    credentials: { token: 'sbp_secret12' },
    project: null,
  });
  expect(isOff('found-test')).toBe(true);
  await user.type(screen.getByTestId('found-password'), 'secret12');
  await user.click(screen.getByTestId('found-test'));
  await waitFor(() => expect(shown('connect-save')).toBe('Next: first backup'));
  expect(screen.getByTestId('found-ladder').textContent).toContain('Sign-in');
  await user.click(screen.getByTestId('connect-save'));
  expect(await screen.findByTestId('backup-now')).toBeTruthy();
  expect(calls.find((call) => call.name === 'connection_test')?.request).toEqual({
    connection: databaseAddresses.sessionPooler,
    password: 'secret12',
    sshSecret: null,
    project: null,
  });
  expect(calls.find((call) => call.name === 'project_add')?.request).toMatchObject({
    connection: databaseAddresses.sessionPooler,
    password: 'secret12',
    platform: { kind: 'supabase', reference: 'abcdefghijklmnopqrst' },
    credentials: { token: 'sbp_secret12' },
  });
  // The password is in no request for a command line.
  const lines = calls.filter((call) => call.name === 'command_line');
  expect(JSON.stringify(lines)).not.toContain('secret12');
});

test('a password that was typed for one address is not kept for another one', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0, project_add });
  await found();
  await user.type(await screen.findByTestId('found-password'), 'secret12');
  await user.click(screen.getByTestId('found-direct'));
  expect(shown('found-address')).toContain('db.abcdefghijklmnopqrst.supabase.co:5432');
  expect(screen.getByTestId<HTMLInputElement>('found-password').value).toBe('');
  // Another project is another database: its address has to be found anew.
  await user.type(screen.getByTestId('platform-reference'), 'x');
  expect(screen.queryByTestId('found-database')).toBeNull();
  expect(calls.some((call) => call.name === 'connection_test')).toBe(false);
});

test('what is found and fails its test cannot be added as tested, and says what to do', async () => {
  installMock('empty', { rungPauseMs: 0, project_add, connection_test: () => brokenLadder });
  await found();
  await user.type(await screen.findByTestId('found-password'), 'secret12{Enter}');
  expect((await screen.findByTestId('fix-connection')).textContent).toContain('Use the session pooler');
  expect(shown('connect-save')).toBe('Next: its database');
});

test('a platform that does not say where the database is leaves it to the next step', async () => {
  installMock('empty', {
    rungPauseMs: 0,
    project_add,
    platform_database: () =>
      fail({
        code: 'platform_unintelligible',
        message: 'api.supabase.com answered something unexpected: a pooler whose host is no host name: 7',
      }),
  });
  await found();
  expect((await screen.findByTestId('found-database')).textContent).toContain('did not say where it is');
  expect(screen.queryByTestId('found-password')).toBeNull();
  await user.click(screen.getByTestId('connect-save'));
  expect(await screen.findByText('Where is its database?')).toBeTruthy();
});

test('the database of a project that is there is asked for by what is stored', async () => {
  const view = project_add({
    name: 'clinic-cloud',
    label: 'production',
    connection: null,
    password: null,
    sshSecret: null,
    platform: null,
    credentials: {},
  });
  const { calls } = installMock('home', { rungPauseMs: 0, project_show: () => view });
  renderApp('/project/p-clinic-cloud/edit?side=database');
  await user.click(await screen.findByTestId('ask-address'));
  await waitFor(() =>
    expect(screen.getByTestId<HTMLInputElement>('connect-host').value).toBe(
      'aws-0-eu-central-1.pooler.supabase.com',
    ),
  );
  expect(calls.find((call) => call.name === 'platform_database')?.request).toEqual({
    platform: null,
    credentials: {},
    project: 'p-clinic-cloud',
  });
});

test('the next step is filled with the address where the database was not tested', async () => {
  installMock('empty', { rungPauseMs: 0, project_add });
  await found();
  await screen.findByTestId('found-address');
  await user.click(screen.getByTestId('connect-save'));
  await screen.findByText('Where is its database?');
  expect(screen.getByTestId<HTMLInputElement>('connect-user').value).toBe('postgres.abcdefghijklmnopqrst');
});
