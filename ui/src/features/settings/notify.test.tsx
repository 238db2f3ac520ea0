import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { askedOf, lackOf, newDraft, requestOf, secured } from './channelDraft';

const row = async (name: string) =>
  (await screen.findAllByTestId('channel')).find((item) => item.dataset['channel'] === name)!;

describe('notifications', () => {
  test('each_channel_says_how_it_stands_and_a_failing_one_why', async () => {
    installMock('home');
    renderApp('/settings');
    const ops = within(await row('ops'));
    expect(ops.getByText('failing')).toBeTruthy();
    expect(ops.getByText(/answered 404: no_service/)).toBeTruthy();
    expect(
      within(await row('On call')).getByText(
        /quiet from 22:00 to 07:00, but for errors; all but errors once a day at 08:00/,
      ),
    ).toBeTruthy();
  });

  test('a_test_says_what_came_of_it_also_where_it_did_not_arrive', async () => {
    installMock('home');
    renderApp('/settings');
    await userEvent.click(within(await row('On call')).getByTestId('test-channel'));
    expect((await screen.findByTestId('test-result')).textContent).toContain('taken by smtp.example:587');
    await userEvent.click(within(await row('ops')).getByTestId('test-channel'));
    expect(await screen.findByText('It did not arrive.')).toBeTruthy();
  });

  test('a_webhook_is_added_with_its_secrets_and_they_stand_in_no_command_line', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('add-channel'));
    await userEvent.click(await screen.findByTestId('kind-slack'));
    await userEvent.click(screen.getByTestId('choose-kind'));
    await userEvent.type(
      await screen.findByTestId('channel-url'),
      'https://hooks.slack.example/services/hush',
    );
    await userEvent.click(screen.getByRole('radio', { name: 'Warnings' }));
    await waitFor(() =>
      expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
        of: 'notify_set',
        request: {
          channel: null,
          name: 'Slack',
          url: '',
          key: null,
          level: 'warnings',
          target: { kind: 'webhook', style: 'slack' },
        },
      }),
    );
    expect(JSON.stringify(calls.filter((call) => call.name === 'command_line'))).not.toContain('hush');
    await userEvent.click(screen.getByTestId('set-channel'));
    await waitFor(() => expect(calls.filter((call) => call.name === 'notify_set')).toHaveLength(1));
    expect(calls.find((call) => call.name === 'notify_set')?.request).toMatchObject({
      channel: null,
      name: 'Slack',
      url: 'https://hooks.slack.example/services/hush',
      key: null,
      level: 'warnings',
    });
    expect(await row('Slack')).toBeTruthy();
  });

  test('a_channel_goes_only_when_a_person_says_so_and_the_desktop_never', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    expect(within(await row('Desktop')).queryByRole('button', { name: 'Remove Desktop' })).toBeNull();
    await userEvent.click(within(await row('ops')).getByRole('button', { name: 'Remove ops' }));
    await userEvent.click(await screen.findByTestId('remove-channel'));
    await waitFor(() =>
      expect(calls).toContainEqual({ name: 'notify_remove', request: { channel: 'c-slack' } }),
    );
  });

  test('what_is_missing_is_named_and_the_usual_port_follows_the_choice', () => {
    const mail = {
      ...newDraft('email'),
      host: 'smtp.example',
      from: 'a@example.org',
      to: 'b@example.org, c@example.org',
    };
    expect(lackOf(newDraft('email'), true)).toBe('The mail server is missing.');
    expect(lackOf(mail, true)).toBeNull();
    expect(lackOf({ ...mail, user: 'bot' }, true)).toBe('The password is missing.');
    expect(lackOf({ ...mail, quietFrom: '22:00' }, true)).toBe('Quiet hours need a beginning and an end.');
    expect(lackOf({ ...newDraft('webhook'), url: 'https://a', key: 'short' }, true)).toBe(
      'The signing key needs 16 characters or more.',
    );
    expect([secured(mail, 'tls').port, secured({ ...mail, port: '2525' }, 'tls').port]).toEqual([
      '465',
      '2525',
    ]);
    expect(requestOf(mail, null).target).toMatchObject({
      to: ['b@example.org', 'c@example.org'],
      user: null,
      port: 587,
    });
    expect(askedOf(mail, null)).toMatchObject({
      of: 'notify_set',
      request: { channel: null, name: 'E-mail', url: null, key: null },
    });
    expect(askedOf({ ...newDraft('webhook'), url: 'https://hush', key: 'k'.repeat(16) }, null)).toMatchObject(
      { request: { url: '', key: '' } },
    );
  });
});
