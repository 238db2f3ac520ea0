import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { brokenChain } from '../../ipc/mock/audit';
import { sinceOf, toneOf } from './words';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('audit', () => {
  test('ten_thousand_entries_draw_only_those_in_sight', async () => {
    installMock('home');
    renderApp('/audit');
    expect(await screen.findByText('10,000 entries')).toBeTruthy();
    expect(screen.getAllByRole('row').length).toBeLessThan(80);
  });
  test('an_entry_opens_with_all_that_it_says', async () => {
    installMock('home');
    renderApp('/audit');
    const row = (await screen.findAllByText('Backup made'))[0];
    if (row) await user.click(row);
    const entry = await screen.findByTestId('audit-entry');
    expect(entry.textContent).toContain('backup.finished');
    expect(entry.textContent).toContain('Hash before');
  });
  test('a_broken_chain_is_said_in_words_with_its_first_entry', async () => {
    installMock('home', { audit_verify: () => brokenChain });
    renderApp('/audit');
    await user.click(await screen.findByTestId('audit-verify'));
    expect((await screen.findByTestId('audit-verdict')).textContent).toContain(
      'Fail. The chain is broken at entry 9812.',
    );
  });
  test('what_is_typed_is_asked_of_the_log', async () => {
    const { calls } = installMock('home');
    renderApp('/audit');
    await user.type(await screen.findByTestId('audit-text'), 'deploy');
    await waitFor(() =>
      expect(
        calls.some(
          (call) => call.name === 'audit_list' && JSON.stringify(call.request).includes('"text":"deploy"'),
        ),
      ).toBe(true),
    );
  });
  test('an_export_goes_where_the_person_says', async () => {
    const { calls } = installMock('home');
    renderApp('/audit');
    await user.click(await screen.findByTestId('audit-export'));
    await user.click(await screen.findByText('CSV, for a spreadsheet'));
    await screen.findByText('10,000 entries exported.');
    expect(calls.find((call) => call.name === 'audit_export')?.request).toEqual({
      path: '/media/blue/recovery-kit/holdfast-audit.csv',
      format: 'csv',
    });
  });
  test('a_log_without_entries_and_a_log_that_cannot_be_read_say_so', async () => {
    installMock('empty');
    const { unmount } = renderApp('/audit');
    expect((await screen.findByTestId('empty-state')).textContent).toContain('Nothing is recorded yet.');
    unmount();
    installMock('error');
    renderApp('/audit');
    expect(await screen.findByText('The audit log could not be read.')).toBeTruthy();
  });
  test('what_failed_and_what_was_refused_is_marked', () => {
    expect(['backup.failed', 'backup.deletion_failed', 'chain.broken'].map(toneOf)).toEqual([
      'danger',
      'danger',
      'danger',
    ]);
    expect(['restore.refused', 'project.removal_refused', 'backup.interrupted'].map(toneOf)).toEqual([
      'warn',
      'warn',
      'warn',
    ]);
    expect(['backup.finished', 'backup.deleted'].map(toneOf)).toEqual([null, null]);
    expect(sinceOf('day', 25 * 3_600_000 + 5)).toBe(3_600_000);
  });
});
