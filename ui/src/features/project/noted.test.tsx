import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

test('what a database notes is read when asked for, tested there, and keeps the results of drills', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/project/p-shop-prod');
  await userEvent.click(await screen.findByRole('tab', { name: 'Connection' }));
  expect(screen.queryByTestId('noted-drills')).toBeNull();
  await userEvent.click(await screen.findByTestId('noted-look'));
  expect((await screen.findByTestId('noted-log')).textContent).toContain('before the upgrade');
  await userEvent.click(await screen.findByTestId('noted-drills'));
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'noted_record_drills',
      request: { project: 'p-shop-prod', isOn: true },
    }),
  );
  await userEvent.type(screen.getByTestId('noted-reason'), 'before the move');
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: { of: 'noted_start', request: { project: 'shop-prod', reason: 'before the move' } },
    }),
  );
  for (const asked of [
    { of: 'noted_list', request: { project: 'shop-prod' } },
    { of: 'noted_test', request: { project: 'shop-prod', id: 'manual_20261101_0d1e' } },
    { of: 'noted_drills', request: { project: 'shop-prod', isOn: true } },
  ]) {
    expect(calls).toContainEqual({ name: 'command_line', request: asked });
  }
  await userEvent.click(screen.getByTestId('noted-start'));
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'noted_start',
      request: { project: 'p-shop-prod', reason: 'before the move' },
    }),
  );
  await userEvent.click(screen.getByRole('button', { name: 'Have it test manual_20261101_0d1e' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
});

test('what changed since a backup is asked of a database that is known to track it, and of no other', async () => {
  installMock('home', { noted_state: () => ({ isKnown: true, recordsDrills: false }) });
  renderApp('/backup/b-shop-prod');
  await userEvent.click(await screen.findByTestId('ask-changes'));
  expect((await screen.findByTestId('changes-since')).textContent).toContain(
    '7 rows in 1 table changed since',
  );
});

test('logs are read for a range of days, into the vault or a file, by the same command', async () => {
  const { calls } = installMock('platforms');
  renderApp('/project/p-booking-manager');
  const button = await screen.findByTestId<HTMLButtonElement>('read-logs');
  if (button.disabled) return;
  await userEvent.click(button);
  await userEvent.click(await screen.findByTestId('logs-keep'));
  expect(screen.getByTestId<HTMLButtonElement>('logs-start').disabled).toBe(true);
  await userEvent.click(screen.getByTestId('logs-file'));
  await waitFor(() =>
    expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
      of: 'platform_logs',
      request: { project: 'booking-manager', keep: false, format: 'json', source: null },
    }),
  );
  await userEvent.click(screen.getByTestId('logs-start'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'platform_logs')?.request).toMatchObject({
      keep: false,
      format: 'json',
      replace: false,
    }),
  );
});

test('files in a chat are sent from a dialog of the system, fetched back, and deleted by their typed name', async () => {
  const { calls } = installMock('file_telegram');
  renderApp('/project/p-booking-manager');
  expect((await screen.findByTestId('chat-files')).textContent).toContain(
    'gone: Telegram does not know it any more',
  );
  await userEvent.click(screen.getByRole('button', { name: 'Delete logs.tar from the chat' }));
  await userEvent.type(await screen.findByTestId('confirm-forget'), 'logs.tar');
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: {
        of: 'bundle_forget',
        request: expect.objectContaining({ project: 'booking-manager', confirm: 'logs.tar' }),
      },
    }),
  );
  await userEvent.click(screen.getByTestId('forget-file'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'portable_delete')?.request).toMatchObject({
      confirm: 'logs.tar',
    }),
  );
  await waitFor(() => expect(screen.queryByTestId('forget-file')).toBeNull());
  await userEvent.click(screen.getByTestId('chat-send'));
  await userEvent.type(await screen.findByTestId('chat-passphrase'), 'correct horse');
  await userEvent.type(screen.getByTestId('chat-again'), 'correct horse');
  expect(screen.getByTestId<HTMLButtonElement>('chat-run').disabled).toBe(true);
  await userEvent.click(screen.getByTestId('chat-file'));
  // A passphrase is no part of a command line.
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: {
        of: 'bundle_send',
        request: {
          project: 'booking-manager',
          file: '/media/blue/recovery-kit',
          passphrase: '',
          receipt: null,
        },
      },
    }),
  );
  expect(JSON.stringify(calls.filter((call) => call.name === 'command_line'))).not.toContain('correct horse');
  await userEvent.click(screen.getByTestId('chat-run'));
  await waitFor(() =>
    expect(calls.find((call) => call.name === 'portable_send')?.request).toMatchObject({
      file: '/media/blue/recovery-kit',
      passphrase: 'correct horse',
      receipt: null,
    }),
  );
});
