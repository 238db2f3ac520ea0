import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('page of a backup', () => {
  test('each_level_of_proof_has_its_own_verdict', async () => {
    installMock('home');
    renderApp('/backup/b-shop-prod');
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe(
      'Readable. 42 tables, 12,480,113 rows, 13.07 GB.',
    );
    expect(screen.getByTestId('proof-readable').textContent).toContain('Pass');
    expect(screen.getByTestId('proof-restored').textContent).toContain('not tried yet');
  });

  test('the_newest_verified_backup_cannot_be_deleted_and_it_says_why', async () => {
    installMock('home');
    renderApp('/backup/b-shop-prod');
    await userEvent.click(await screen.findByTestId('delete-backup'));
    expect(await screen.findByText('It is the newest verified backup of shop-prod.')).toBeTruthy();
    expect(screen.queryByTestId('delete-backup-confirm')).toBeNull();
  });

  test('a_table_opens_to_its_rows_a_page_at_a_time_and_nothing_is_restored', async () => {
    const { calls } = installMock('home');
    renderApp('/backup/b-shop-prod');
    await userEvent.click(await screen.findByTestId('rows-of-public.orders'));
    const grid = await screen.findByRole('region', { name: 'Rows of public.orders' });
    expect(grid.querySelectorAll('tbody tr')).toHaveLength(100);
    expect(grid.textContent).toContain('NULL');
    expect(screen.getByTestId('rows-place').textContent).toMatch(/^Rows 1 to 100 of /);
    expect(screen.getByTestId('rows-before').hasAttribute('disabled')).toBe(true);
    await userEvent.click(screen.getByTestId('rows-next'));
    await waitFor(() => expect(screen.getByTestId('rows-place').textContent).toMatch(/^Rows 101 to 200 of /));
    expect(screen.getByRole('dialog').textContent).toContain(
      'holdfast backup rows b-shop-prod public.orders --first 100 --count 100',
    );
    expect(calls.map((call) => call.name).filter((name) => name.startsWith('restore'))).toEqual([]);
  });

  test('what_does_not_count_or_is_a_part_says_so_with_what_to_do', async () => {
    installMock('home');
    const { router } = renderApp('/backup/b-8c04d213');
    expect((await screen.findByTestId('held-back')).textContent).toContain('orders has exactly 1,000 rows');
    await router.navigate({ to: '/backup/$id', params: { id: 'b-8c04d211' } });
    const part = await screen.findByTestId('part-of');
    expect(part.querySelector('a')?.getAttribute('href')).toContain('b-8c04d215');
    expect(screen.queryByTestId('held-back')).toBeNull();
  });

  test('another_backup_is_deleted_after_its_short_id_was_typed', async () => {
    const { calls } = installMock('home');
    renderApp('/backup/b-8c04d201');
    await userEvent.click(await screen.findByTestId('delete-backup'));
    await userEvent.type(await screen.findByTestId('confirm-name'), '8c04d1');
    await userEvent.click(screen.getByTestId('delete-backup-confirm'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'backup_delete',
        request: { backup: 'b-8c04d201', confirm: '8c04d1' },
      }),
    );
  });

  test('what_was_read_again_is_said_and_the_next_part_is_read_at_a_press', async () => {
    const { calls } = installMock('home');
    renderApp('/backup/b-shop-prod');
    const rolling = await screen.findByTestId('rolling');
    await waitFor(() =>
      expect(rolling.textContent).toMatch(/^5 of 12 parts read since .*; everything was last read by .*\./),
    );
    await waitFor(() =>
      expect(rolling.textContent).toContain(
        'Of this backup 96 of 212 packs were read again. That says nothing of its bytes before all of them were.',
      ),
    );
    expect(
      screen.getByRole('img', { name: '5 of 12 parts read again' }).querySelectorAll('[data-done="true"]'),
    ).toHaveLength(5);
    await userEvent.click(screen.getByTestId('read-next-part'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'vault_check',
        request: { slice: null, nextPart: { parts: null } },
      }),
    );
  });

  test('a_backup_of_which_all_packs_were_read_is_as_well_proven_as_the_oldest_of_them', async () => {
    installMock('home');
    renderApp('/backup/b-8c04d201');
    await waitFor(() =>
      expect(screen.getByTestId('rolling').textContent).toContain(
        'Its bytes count as proven since the oldest one.',
      ),
    );
  });

  test('a_damaged_pack_is_named_and_nothing_counts_as_proven_by_the_parts', async () => {
    installMock('damaged');
    renderApp('/backup/b-8c04d201');
    expect((await screen.findByTestId('coverage-damaged')).textContent).toContain(
      'its content does not match its name',
    );
    expect(screen.getByTestId('rolling').textContent).not.toContain('count as proven');
  });

  test('tables_are_filtered_by_name', async () => {
    installMock('home');
    renderApp('/backup/b-shop-prod');
    await userEvent.type(await screen.findByLabelText('Filter tables by name'), 'order_items');
    expect(await screen.findByText('1 of 42')).toBeTruthy();
  });
});
