import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';
import { home } from '../../ipc/mock/projects';
import { backups } from '../../ipc/mock/backups';
import { beginningOf } from '../../shared/keeping/ExpiryDialog';

const requests = (calls: readonly Call[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(2000);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(2000);
});

describe('until when backups are kept', () => {
  test('the_list_says_until_when_and_why_and_warns_a_week_before_a_date', async () => {
    installMock('home');
    renderApp('/project/p-shop-prod');
    const list = await screen.findByLabelText('Backups, newest first');
    await waitFor(() => expect(list.textContent).toContain('newest verified'));
    expect(list.textContent).toContain('expires in 4 days');
    expect(list.textContent).toContain('the audit of 2026');
    await user.click(screen.getByRole('radio', { name: 'Held' }));
    await waitFor(() => expect(list.textContent).not.toContain('newest verified'));
    expect(list.textContent).toContain('the audit of 2026');
  });

  test('one_line_on_the_home_screen_leads_to_what_goes', async () => {
    const need = {
      state: 'warn' as const,
      projectId: 'p-shop-staging',
      subject: 'shop-staging',
      what: 'has 2 backups that expire, the first one in 5 days.',
      why: 'Somebody said until when they are kept; after that date the policy removes them.',
      act: 'See what goes',
      target: { kind: 'retention' as const, id: 'p-shop-staging' },
    };
    installMock('home', { home: () => ({ ...home, needs: [need] }) });
    renderApp('/');
    await user.click(await screen.findByRole('button', { name: 'See what goes: shop-staging' }));
    expect((await screen.findByTestId('tally')).textContent).toContain('stay');
  });

  test('a_backup_is_held_with_a_reason_and_released', async () => {
    const { calls } = installMock('home');
    const id = backups[2]?.id ?? '';
    renderApp(`/backup/${id}`);
    await user.click(await screen.findByTestId('hold-backup'));
    expect(screen.getByTestId('hold-confirm').hasAttribute('disabled')).toBe(true);
    await user.type(screen.getByTestId('hold-reason'), 'before the migration');
    await waitFor(() =>
      expect(requests(calls, 'command_line').at(-1)).toMatchObject({
        of: 'backup_hold',
        request: { reason: 'before the migration' },
      }),
    );
    await user.click(screen.getByTestId('hold-confirm'));
    const kept = await screen.findByTestId('kept');
    await waitFor(() => expect(kept.textContent).toContain('Held until somebody releases it'));
    await user.click(within(kept).getByTestId('release-backup'));
    await waitFor(() => expect(within(kept).queryByTestId('hold-backup')).toBeTruthy());
    expect(requests(calls, 'backup_hold')).toEqual([{ backup: id, reason: 'before the migration' }]);
    expect(requests(calls, 'backup_release')).toEqual([{ backup: id }]);
  });

  test('a_date_is_set_and_taken_away_and_one_in_the_past_is_not_sent', async () => {
    const { calls } = installMock('home');
    const id = backups[20]?.id ?? '';
    renderApp(`/backup/${id}`);
    expect((await screen.findByTestId('expires-soon')).textContent).toContain('expires in 4 days');
    await user.click(screen.getByTestId('expire-backup'));
    const field = await screen.findByTestId('expiry-date');
    await user.clear(field);
    await user.type(field, '2020-01-01');
    expect(screen.getByTestId('expiry-confirm').hasAttribute('disabled')).toBe(true);
    await user.clear(field);
    await user.type(field, '2031-02-03');
    await user.click(screen.getByTestId('expiry-confirm'));
    await waitFor(() =>
      expect(requests(calls, 'backup_expire')).toEqual([
        { backup: id, untilMs: new Date(2031, 1, 3).getTime() },
      ]),
    );
    await user.click(await screen.findByTestId('expire-backup'));
    await user.click(await screen.findByTestId('no-expiry'));
    await waitFor(() =>
      expect(requests(calls, 'backup_expire').at(-1)).toEqual({ backup: id, untilMs: null }),
    );
  });

  test.each([
    ['2026-02-28', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['', false],
  ])('%s_is_a_day_%s', (text, is) => {
    expect(beginningOf(text) !== null).toBe(is);
  });
});
