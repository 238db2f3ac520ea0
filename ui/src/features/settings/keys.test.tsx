import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

test('a key is added by its name and a file for its kit, and the old one can be revoked once this computer uses the new one', async () => {
  const { calls } = installMock('home');
  renderApp('/settings');
  // The only key, and the one in use, stays.
  expect((await screen.findByTestId<HTMLButtonElement>('revoke-7a10c4d2')).disabled).toBe(true);
  await userEvent.click(screen.getByTestId('add-key'));
  await userEvent.type(await screen.findByTestId('key-name'), 'Safe of the office');
  expect(screen.getByTestId<HTMLButtonElement>('key-add').disabled).toBe(true);
  await userEvent.click(screen.getByTestId('key-kit'));
  await userEvent.click(screen.getByTestId('key-use-here'));
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
      of: 'vault_key_add',
      request: { name: 'Safe of the office', useHere: true },
    }),
  );
  await userEvent.click(screen.getByTestId('key-add'));
  expect((await screen.findByTestId('key-added')).textContent).toContain(
    'holdfast-key-safe-of-the-office.html',
  );
  expect(calls.find((call) => call.name === 'vault_key_add')?.request).toMatchObject({
    name: 'Safe of the office',
    format: 'html',
    useHere: true,
  });
  await userEvent.click(screen.getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>('revoke-7a10c4d2').disabled).toBe(false));
  await userEvent.click(screen.getByTestId('revoke-7a10c4d2'));
  await userEvent.type(await screen.findByTestId('confirm-key'), '7a10c4d2');
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: { of: 'vault_key_revoke', request: { key: '7a10c4d2', confirm: '7a10c4d2' } },
    }),
  );
  await userEvent.click(screen.getByTestId('key-revoke'));
  await waitFor(() => expect(screen.getAllByTestId('vault-key')).toHaveLength(1));
});

test('a repair is explained before it begins, and leads to its run', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/settings');
  await userEvent.click(await screen.findByTestId('repair-vault'));
  await userEvent.click(await screen.findByTestId('repair-start'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
  expect(calls.some((call) => call.name === 'vault_repair')).toBe(true);
});

test('a replica is tested, and what it says stands beside it', async () => {
  const { calls } = installMock('long');
  renderApp('/settings');
  await userEvent.click((await screen.findAllByTestId('test-replica'))[0]!);
  await waitFor(() => expect(calls.some((call) => call.name === 'replica_test')).toBe(true));
});
