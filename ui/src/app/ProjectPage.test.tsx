import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from './testing/renderApp';
import { installMock } from '../ipc/mock';
import { NOW, row } from '../ipc/mock/projects';
import { backupRow } from '../ipc/mock/backups';

const project = (given = {}) => ({
  row: row({ name: 'shop-prod', ...given }),
  connection: {
    host: 'db.shop.example',
    port: 5432,
    database: 'shop',
    user: 'reader',
    tls: 'verify-full' as const,
    rootCertificate: null,
    ssh: null,
    container: null,
  },
  serverVersion: '15.8',
  createdAtMs: NOW,
  hasPassword: true,
  platform: null,
  backupCommand: 'holdfast backup run shop-prod',
});

// The list draws only the rows in sight; jsdom has no layout, so it is given one.
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('page of a project', () => {
  test('a_backup_is_planned_given_a_reason_and_started', async () => {
    const { calls } = installMock('home', { project_show: () => project() });
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByTestId('back-up-now'));
    await userEvent.type(await screen.findByTestId('backup-reason'), 'Before release');
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'command_line',
        request: { of: 'backup_run', request: { project: 'shop-prod', reason: 'Before release' } },
      }),
    );
    await userEvent.click(screen.getByTestId('start-backup'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'backup_start',
        request: { project: 'p-shop-prod', reason: 'Before release' },
      }),
    );
    expect(await screen.findByTestId('run-percent')).toBeTruthy();
  });

  test('one_backup_may_leave_a_component_out_and_says_so_in_its_command', async () => {
    const { calls } = installMock('home', {
      project_show: () => {
        const view = project();
        return { ...view, row: { ...view.row, parts: ['storage', 'redis'] } };
      },
    });
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByTestId('back-up-now'));
    await userEvent.click(await screen.findByTestId('take-database'));
    await waitFor(() => expect(screen.getByTestId('start-backup').textContent).toBe('Back up Files, Redis'));
    await userEvent.click(screen.getByTestId('take-redis'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'command_line',
        request: { of: 'backup_run', request: { project: 'shop-prod', reason: null, only: ['storage'] } },
      }),
    );
    await userEvent.click(screen.getByTestId('take-storage'));
    expect(screen.getByTestId<HTMLButtonElement>('start-backup').disabled).toBe(true);
    await userEvent.click(screen.getByTestId('take-storage'));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>('start-backup').disabled).toBe(false));
    await userEvent.click(screen.getByTestId('start-backup'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'backup_start',
        request: { project: 'p-shop-prod', reason: null, only: ['storage'] },
      }),
    );
  });

  test('each_part_of_a_project_says_how_old_it_is_where_there_is_more_than_one', async () => {
    const points = [
      {
        component: 'database',
        words: 'database',
        point: { backupId: 'b', atMs: NOW - 26 * 3_600_000 },
        goalMs: 86_400_000,
        isOver: true,
      },
      { component: 'storage', words: 'stored files', point: null, goalMs: 86_400_000, isOver: true },
    ];
    installMock('home', {
      project_show: () => project({ ageMs: 26 * 3_600_000, oldestPart: 'database', points }),
    });
    renderApp('/project/p-shop-prod');
    expect(await screen.findByText(/^database: \d+ h/)).toBeTruthy();
    expect(screen.getByText('stored files: none')).toBeTruthy();
  });

  test('a_project_that_has_a_database_and_a_platform_has_the_acts_of_both', async () => {
    const { calls } = installMock('home');
    renderApp('/project/p-clinic-cloud');
    expect(await screen.findByTestId('back-up-now')).toBeTruthy();
    expect(screen.getByTestId('pull-newest')).toBeTruthy();
    expect(screen.getByRole('tab', { name: 'Backups' }).getAttribute('aria-selected')).toBe('true');
    expect(screen.getByRole('tab', { name: 'At Supabase' })).toBeTruthy();

    await userEvent.click(screen.getByRole('tab', { name: 'Recovery steps' }));
    await userEvent.click(await screen.findByTestId('add-step-after'));
    await userEvent.click(await screen.findByTestId('add-resume'));
    expect((await screen.findByTestId<HTMLInputElement>('step-also')).checked).toBe(true);
    await userEvent.click(screen.getByTestId('step-done'));
    await userEvent.click(await screen.findByTestId('save-steps'));
    await waitFor(() =>
      expect(JSON.stringify(calls.find((call) => call.name === 'recovery_steps_set')?.request)).toContain(
        '"act":{"kind":"resume"}',
      ),
    );

    await userEvent.click(screen.getByRole('tab', { name: 'Goals and schedule' }));
    await userEvent.click(await screen.findByTestId('add-schedule'));
    expect(await screen.findByTestId('work-backup')).toBeTruthy();
    expect(screen.getByTestId('work-pull')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));

    await userEvent.click(screen.getByRole('tab', { name: 'Connection' }));
    await userEvent.click(await screen.findByTestId('test-platform'));
    await waitFor(() => expect(calls.filter((call) => call.name === 'platform_test')).toHaveLength(1));
    expect(screen.getByTestId('test-connection')).toBeTruthy();
    expect(screen.getByTestId('edit-database').textContent).toBe('Change the connection');
    expect(screen.getByTestId('edit-platform').textContent).toBe('Change the platform');
  });

  test('arrows_select_a_backup_and_its_acts_appear', async () => {
    installMock('home', { project_show: () => project() });
    renderApp('/project/p-shop-prod');
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    list.focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(await screen.findByTestId('restore-backup')).toBeTruthy();
    expect(list.querySelectorAll('[aria-selected=true]')).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('restore-backup')).toBeNull());
  });

  test('a_restore_in_the_list_can_be_undone_where_it_is_done_and_touched_something', async () => {
    installMock('home', { project_show: () => project() });
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByRole('tab', { name: 'Restores' }));
    const list = await screen.findByRole('grid', { name: 'Restores, newest first' });
    list.focus();
    await userEvent.keyboard('{ArrowDown}');
    expect((await screen.findByTestId('undo-restore')).getAttribute('href')).toContain(
      '/restored/j-restored/undo',
    );
    expect(screen.getByTestId('discard-old')).toBeTruthy();
    await userEvent.keyboard('{End}');
    await waitFor(() => expect(screen.queryByTestId('undo-restore')).toBeNull());
    expect(screen.queryByTestId('discard-old')).toBeNull();
  });

  test('a_project_that_was_never_restored_says_so', async () => {
    installMock('home', { project_show: () => project(), restore_list: () => [] });
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByRole('tab', { name: 'Restores' }));
    expect((await screen.findByTestId('empty-state')).textContent).toContain('Nothing was restored yet.');
  });

  test('restoring_a_project_begins_with_its_newest_verified_backup', async () => {
    installMock('home', { project_show: () => project({ ageMs: 3_600_000 }) });
    renderApp('/project/p-shop-prod');
    expect((await screen.findByTestId('restore-project')).getAttribute('href')).toContain(
      '/restore/b-shop-prod',
    );
  });

  test('ten_thousand_backups_draw_only_the_rows_in_sight', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      backupRow({ id: `b-${index}`, atMs: NOW - index * 3_600_000 }),
    );
    const { calls } = installMock('home', {
      project_show: () => project(),
      backup_list: ({ offset, limit }) => ({
        total: many.length,
        backups: many.slice(offset, offset + limit),
      }),
    });
    renderApp('/project/p-shop-prod');
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    expect(screen.getByText('10,000 kept')).toBeTruthy();
    expect(list.querySelectorAll('[aria-selected]').length).toBeLessThan(80);
    expect(calls.filter((call) => call.name === 'backup_list').length).toBeLessThan(4);
  });

  test('the_engine_sifts_the_list_and_says_what_is_left_and_what_that_takes', async () => {
    const { calls } = installMock('home', { project_show: () => project() });
    renderApp('/project/p-shop-prod');
    await screen.findByText('36 kept');
    expect((await screen.findByTestId('backup-totals')).textContent).toContain('36 backups with');
    await userEvent.click(screen.getByRole('radio', { name: 'Restored' }));
    await screen.findByText('9 found');
    await userEvent.click(screen.getByTestId('backup-filters-toggle'));
    await userEvent.click(screen.getByTestId('filter-holds-storage'));
    expect(await screen.findByText('No backup matches.')).toBeTruthy();
    expect(screen.getByText('Filters (1)')).toBeTruthy();
    const asked = calls.filter((call) => call.name === 'backup_list').at(-1)?.request;
    expect(asked).toMatchObject({
      project: 'p-shop-prod',
      offset: 0,
      sift: { proof: 'restored', holds: ['storage'] },
    });
    await userEvent.click(screen.getByText('Clear'));
    await userEvent.click(screen.getByTestId('measure-space'));
    expect((await screen.findByTestId('backup-space')).textContent).toContain('Without these backups');
    expect(calls.findLast((call) => call.name === 'backup_space')).toMatchObject({
      request: { sift: { proof: 'restored' } },
    });
  });

  test('each_backup_says_what_it_holds_before_it_is_chosen', async () => {
    const rows = [
      backupRow({ id: 'b-1', components: ['artifact', 'database', 'roles', 'storage'] }),
      backupRow({ id: 'b-2', components: ['artifact', 'storage'], atMs: NOW - 9 * 3_600_000 }),
    ];
    installMock('home', { project_show: () => project(), backup_list: () => ({ total: 2, backups: rows }) });
    renderApp('/project/p-shop-prod');
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    expect((await within(list).findAllByTestId('holds')).map((held) => held.textContent)).toEqual([
      'DatabaseFiles',
      'Files',
    ]);
    list.focus();
    await userEvent.keyboard('{End}');
    // Without a database too: it leads to what comes back of it.
    expect((await screen.findByTestId('restore-backup')).getAttribute('href')).toContain('/restore/b-2');
    expect(screen.queryByTestId('drill-backup')).toBeNull();
  });

  test('everything_in_the_vault_is_one_list_with_the_project_of_each', async () => {
    const { calls } = installMock('home');
    renderApp('/backups');
    expect(await screen.findByRole('heading', { name: 'Everything in the vault.' })).toBeTruthy();
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    expect((await within(list).findAllByText('shop-prod')).length).toBeGreaterThan(1);
    expect(calls.find((call) => call.name === 'backup_list')?.request).toMatchObject({
      project: null,
      offset: 0,
    });
  });

  test('a_project_without_a_backup_offers_the_first', async () => {
    installMock('home', {
      project_show: () => project({ backups: 0, newestBytes: null }),
      backup_list: () => ({ total: 0, backups: [] }),
    });
    renderApp('/project/p-shop-prod');
    expect((await screen.findByTestId('empty-state')).textContent).toContain('No backup yet.');
  });

  test('a_project_that_cannot_be_read_says_so', async () => {
    installMock('home', {
      project_show: () =>
        Promise.reject({
          code: 'catalog_failed',
          message: 'the catalogue could not be read',
          hint: null,
          retry: 'now',
          reportId: 'x',
        }),
    });
    renderApp('/project/p-shop-prod');
    expect((await screen.findByTestId('error-panel')).textContent).toContain(
      'This project could not be read.',
    );
  });

  test('removing_asks_for_the_name_and_for_what_becomes_of_the_backups', async () => {
    const { calls } = installMock('home', { project_show: () => project() });
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByRole('tab', { name: 'Connection' }));
    await userEvent.click(await screen.findByTestId('remove-project'));
    await userEvent.type(await screen.findByTestId('confirm-name'), 'shop-prod');
    const button = screen.getByTestId<HTMLButtonElement>('remove-project-confirm');
    expect(button.disabled).toBe(true);
    await userEvent.click(screen.getByRole('radio', { name: /Keep 184 backups/ }));
    await userEvent.click(button);
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'project_remove',
        request: { project: 'p-shop-prod', keepBackups: true, confirm: 'shop-prod' },
      }),
    );
  });
});
