import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

test('a backup that came as a file says what it was, and shows its folders', async () => {
  installMock('file_backup');
  renderApp('/backup/b-shop-prod');
  const panel = await screen.findByTestId('artifact');
  expect(panel.textContent).toContain('A full backup of “shop”');
  expect(panel.textContent).toContain('gzip, tar');
  expect(panel.textContent).toContain('It was not run; the script is not loaded.');
  expect(screen.getByTestId('held').textContent).toContain('24,016');
  expect(screen.getByTestId('restore-backup')).toBeTruthy();
  expect(document.body.textContent).not.toContain('null');
});

test('a_database_that_could_not_be_loaded_is_named_with_its_reason_and_so_is_that_nobody_vouches', async () => {
  installMock('file_unloaded');
  renderApp('/backup/b-shop-prod');
  expect((await screen.findByTestId('unloaded')).textContent).toContain('roles.sql, line 12');
  expect(screen.getByTestId('artifact').textContent).toContain('nobody');
});

test('a backup without a database says so, and its restore leads to what it holds', async () => {
  installMock('file_without_database');
  renderApp('/backup/b-shop-prod');
  expect((await screen.findByTestId('no-database')).textContent).toContain(
    'There is no database in this backup.',
  );
  expect(screen.queryByTestId('verify-restored')).toBeNull();
  expect(document.body.textContent).not.toContain('Postgres null');
  await userEvent.click(screen.getByTestId('restore-backup'));
  const ways = await screen.findByTestId('ways');
  expect(
    within(ways)
      .getAllByRole('heading')
      .map((way) => way.textContent),
  ).toContain('Its logs, to a folder of yours');
  await userEvent.click(within(ways).getByTestId('save-logs'));
  // The export is open, with that part chosen.
  const which = await screen.findByTestId<HTMLSelectElement>('export-which');
  expect(which.value).toBe('logs');
});

test('a restore of a backup without a database is not begun by its address either', async () => {
  installMock('file_without_database');
  renderApp('/restore/b-shop-prod?into=scratch');
  expect(await screen.findByRole('heading', { name: 'There is no database in this backup.' })).toBeTruthy();
});

test('documents that a platform gave are said to be those, and what changed in them is named', async () => {
  installMock('file_given');
  renderApp('/backup/b-shop-prod');
  const panel = await screen.findByTestId('given');
  expect(panel.textContent).toContain('Configuration of abcdefghijklmnopqrst at Supabase');
  expect(panel.textContent).toContain('auth.json changed: site_url.');
  expect(screen.queryByTestId('artifact')).toBeNull();
  expect(screen.queryByTestId('verify-restored')).toBeNull();
});
