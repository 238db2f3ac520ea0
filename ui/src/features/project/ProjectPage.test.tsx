import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { NOW, row } from '../../ipc/mock/projects';
import { backupRow } from '../../ipc/mock/runs';
import { withReason } from './BackUpDialog';
import { dayHeading, matches } from './backupFilter';

const project = (given = {}) => ({
  row: row({ name: 'shop-prod', ...given }),
  connection: { host: 'db.shop.example', port: 5432, database: 'shop', user: 'reader', tls: 'verify-full' as const, rootCertificate: null },
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
    expect(await screen.findByText("holdfast backup run shop-prod --reason 'Before release'")).toBeTruthy();
    await userEvent.click(screen.getByTestId('start-backup'));
    await waitFor(() => expect(calls).toContainEqual({ name: 'backup_start', request: { project: 'p-shop-prod', reason: 'Before release' } }));
    expect(await screen.findByTestId('run-percent')).toBeTruthy();
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
    await waitFor(() => expect(JSON.stringify(calls.find((call) => call.name === 'recovery_steps_set')?.request)).toContain('"act":{"kind":"resume"}'));

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
    expect((await screen.findByTestId('undo-restore')).getAttribute('href')).toContain('/restored/j-restored/undo');
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
    expect((await screen.findByTestId('restore-project')).getAttribute('href')).toContain('/restore/b-shop-prod');
  });

  test('ten_thousand_backups_draw_only_the_rows_in_sight', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => backupRow({ id: `b-${index}`, atMs: NOW - index * 3_600_000 }));
    const { calls } = installMock('home', { project_show: () => project(), backup_list: ({ offset, limit }) => ({ total: many.length, backups: many.slice(offset, offset + limit) }) });
    renderApp('/project/p-shop-prod');
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    expect(screen.getByText('10,000 kept')).toBeTruthy();
    expect(list.querySelectorAll('[aria-selected]').length).toBeLessThan(80);
    expect(calls.filter((call) => call.name === 'backup_list').length).toBeLessThan(4);
  });

  test('a_project_without_a_backup_offers_the_first', async () => {
    installMock('home', { project_show: () => project({ backups: 0, newestBytes: null }), backup_list: () => ({ total: 0, backups: [] }) });
    renderApp('/project/p-shop-prod');
    expect((await screen.findByTestId('empty-state')).textContent).toContain('No backup yet.');
  });

  test('a_project_that_cannot_be_read_says_so', async () => {
    installMock('home', { project_show: () => Promise.reject({ code: 'catalog_unreadable', message: 'the catalogue could not be read', hint: null, retry: 'now', reportId: 'x' }) });
    renderApp('/project/p-shop-prod');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('This project could not be read.');
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
    await waitFor(() => expect(calls).toContainEqual({ name: 'project_remove', request: { project: 'p-shop-prod', keepBackups: true, confirm: 'shop-prod' } }));
  });
});

describe('words of the list', () => {
  test('a_reason_is_quoted_for_a_shell', () => {
    expect(withReason('holdfast backup run a', "it's")).toBe("holdfast backup run a --reason 'it'\\''s'");
    expect(withReason('holdfast backup run a', '  ')).toBe('holdfast backup run a');
  });
  test('days_are_headings', () => {
    const now = new Date(2026, 10, 21, 11).getTime();
    expect(dayHeading(now - 3_600_000, now)).toBe('Today, 21 November');
    expect(dayHeading(now - 86_400_000, now)).toBe('Yesterday');
    expect(dayHeading(now - 3 * 86_400_000, now)).toMatch(/^Wednesday,? 18 November$/);
  });
  test('the_filter_looks_at_kind_and_text', () => {
    const backup = backupRow({ id: 'b-8c04d2', reason: 'Before migration', trigger: 'by hand', level: 'restored' });
    expect(matches(backup, 'restored', 'MIGRATION')).toBe(true);
    expect(matches({ ...backup, level: 'readable' }, 'restored', '')).toBe(false);
    expect(matches({ ...backup, trigger: 'schedule' }, 'by_hand', '')).toBe(false);
  });
});
