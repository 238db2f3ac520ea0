import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

const isOff = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name }).disabled;

async function fill(text: string) {
  await user.click(await screen.findByTestId('connect-kind-next'));
  await user.type(await screen.findByTestId('connect-string'), `${text}{Enter}`);
  await waitFor(() => expect(screen.getByTestId<HTMLInputElement>('connect-host').value).not.toBe(''));
}

test('a pasted string fills the fields, the test passes, and the project is added with its first backup', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0 });
  const { router } = renderApp('/connect');
  await fill('postgresql://reader:secret12@db.shop.example:5432/shop');
  expect(screen.getByTestId<HTMLInputElement>('connect-name').value).toBe('shop');
  expect(isOff('Next: first backup')).toBe(true);
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await user.click(await screen.findByTestId('backup-now'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
  const added = calls.find((call) => call.name === 'project_add');
  expect(added?.request).toMatchObject({ name: 'shop', label: 'production', password: 'secret12' });
});

test('a red rung names its fix, and its button uses the other address and tests again', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0 });
  renderApp('/connect');
  await fill('postgresql://postgres:secret12@db.qhzkvexample.supabase.co:5432/postgres');
  await user.click(screen.getByTestId('connect-test'));
  // The fix is drawn with its rung; it can be used once the test has ended.
  const fix = await screen.findByRole('button', { name: 'Use this connection and test again' });
  await waitFor(() => expect(fix.hasAttribute('disabled')).toBe(false));
  await user.click(fix);
  await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
  expect(screen.getByTestId<HTMLInputElement>('connect-host').value).toBe(
    'aws-0-eu-central-1.pooler.supabase.com',
  );
  expect(calls.filter((call) => call.name === 'connection_test')).toHaveLength(2);
});

test('a connection that changed after its test has to be tested again', async () => {
  installMock('empty', { rungPauseMs: 0 });
  renderApp('/connect');
  await fill('postgresql://reader:secret12@db.shop.example:5432/shop');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
  await user.type(screen.getByTestId('connect-user'), 'x');
  expect(isOff('Next: first backup')).toBe(true);
  expect(screen.getByText('The connection changed. Test it again to go on.')).toBeTruthy();
});

test('a stored password stays when the connection is changed without one', async () => {
  const { calls } = installMock('home', { rungPauseMs: 0 });
  const { router } = renderApp('/project/p-shop-prod/edit');
  await user.click(await screen.findByTestId('connect-test'));
  await waitFor(() => expect(isOff('Save the connection')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/project/p-shop-prod'));
  expect(calls.find((call) => call.name === 'project_edit')?.request).toMatchObject({
    password: null,
    sshSecret: null,
    name: null,
  });
});

test('by SSH the key of the server is shown and accepted once, and the secret stays out of the command line', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0 });
  renderApp('/connect');
  await fill('postgresql://reader:secret12@localhost:5432/shop');
  await user.click(screen.getByTestId('connect-by-ssh'));
  await user.type(screen.getByTestId('connect-ssh'), 'backup@gate.example');
  await user.type(screen.getByTestId('connect-ssh-secret'), 'phrase12');
  await user.click(screen.getByTestId('connect-test'));
  const accept = await screen.findByRole('button', { name: 'It is: accept this key and test again' });
  await waitFor(() => expect(accept.hasAttribute('disabled')).toBe(false));
  await user.click(accept);
  await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
  const { value } = screen.getByTestId<HTMLInputElement>('connect-ssh-host-key');
  expect(value).toMatch(/^SHA256:/);
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() => expect(calls.some((call) => call.name === 'project_add')).toBe(true));
  expect(calls.find((call) => call.name === 'project_add')?.request).toMatchObject({
    connection: { host: 'localhost', ssh: { host: 'gate.example', user: 'backup', hostKey: value } },
    sshSecret: 'phrase12',
  });
});

test('a database in a container of a server is entered by its name, and an option is none', async () => {
  const { calls } = installMock('empty', { rungPauseMs: 0 });
  renderApp('/connect');
  await fill('postgresql://postgres:secret12@localhost:5432/postgres');
  await user.click(screen.getByTestId('connect-in-container'));
  await user.type(screen.getByTestId('connect-container'), '--privileged');
  expect(isOff('Test the connection')).toBe(true);
  await user.clear(screen.getByTestId('connect-container'));
  await user.type(screen.getByTestId('connect-container'), 'supabase-db');
  await user.click(screen.getByTestId('connect-test'));
  await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
  await user.click(screen.getByTestId('connect-save'));
  await waitFor(() => expect(calls.some((call) => call.name === 'project_add')).toBe(true));
  expect(calls.find((call) => call.name === 'project_add')?.request).toMatchObject({
    connection: { host: 'localhost', ssh: null, container: 'supabase-db' },
  });
});

test('another SSH server has another key, and an accepted one can be forgotten', async () => {
  installMock('empty', { rungPauseMs: 0 });
  renderApp('/connect');
  await fill('postgresql://reader:secret12@localhost:5432/shop');
  await user.click(screen.getByTestId('connect-by-ssh'));
  for (const undo of [
    () => user.type(screen.getByTestId('connect-ssh'), 'x'),
    () => user.click(screen.getByRole('button', { name: 'Forget' })),
  ]) {
    await user.clear(screen.getByTestId('connect-ssh'));
    await user.type(screen.getByTestId('connect-ssh'), 'backup@gate.example');
    await user.click(screen.getByTestId('connect-test'));
    const accept = await screen.findByRole('button', { name: 'It is: accept this key and test again' });
    await waitFor(() => expect(accept.hasAttribute('disabled')).toBe(false));
    await user.click(accept);
    await waitFor(() => expect(isOff('Next: first backup')).toBe(false));
    expect(screen.getByTestId('connect-ssh-host-key')).toBeTruthy();
    await undo();
    await waitFor(() => expect(screen.queryByTestId('connect-ssh-host-key')).toBeNull());
  }
});
