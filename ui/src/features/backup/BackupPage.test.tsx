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
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('Readable. 42 tables, 12,480,113 rows, 13.07 GB.');
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

  test('another_backup_is_deleted_after_its_short_id_was_typed', async () => {
    const { calls } = installMock('home');
    renderApp('/backup/b-8c04d201');
    await userEvent.click(await screen.findByTestId('delete-backup'));
    await userEvent.type(await screen.findByTestId('confirm-name'), '8c04d1');
    await userEvent.click(screen.getByTestId('delete-backup-confirm'));
    await waitFor(() => expect(calls).toContainEqual({ name: 'backup_delete', request: { backup: 'b-8c04d201', confirm: '8c04d1' } }));
  });

  test('tables_are_filtered_by_name', async () => {
    installMock('home');
    renderApp('/backup/b-shop-prod');
    await userEvent.type(await screen.findByLabelText('Filter tables by name'), 'order_items');
    expect(await screen.findByText('1 of 42')).toBeTruthy();
  });
});
