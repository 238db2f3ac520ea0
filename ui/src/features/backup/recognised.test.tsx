import { screen } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { backups, backupView } from '../../ipc/mock/backups';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

test('what_a_person_recognises_is_counted_and_files_that_are_here_are_said_to_be', async () => {
  installMock('file_backup');
  renderApp('/backup/b-shop-prod');
  const panel = await screen.findByTestId('recognised');
  expect(panel.textContent).toContain('PlatformSupabase');
  expect(panel.textContent).toContain('Users128');
  expect(panel.textContent).toContain('Objects24,016with their files');
});

test('files_that_are_not_in_the_backup_are_never_said_to_be', async () => {
  const held = backupView(backups[0]!, 42, 'file_backup');
  const things = held.recognised!.things.map((thing) => ({
    ...thing,
    files: thing.files && { sizeBytes: 1_200_000_000, isHeld: false },
  }));
  installMock('home', {
    backup_show: () => ({ ...held, recognised: { ...held.recognised!, things } }),
  });
  renderApp('/backup/b-shop-prod');
  expect((await screen.findByTestId('recognised')).textContent).toContain(
    'Objects24,016their rows; their files (1.2 GB) are not in this backup',
  );
});

test('a_plain_database_is_of_no_platform', async () => {
  installMock('home');
  renderApp('/backup/b-shop-prod');
  expect((await screen.findByTestId('recognised')).textContent).toBe('Jobs2Functions41');
});

test('where_nothing_is_recognised_nothing_is_said', async () => {
  installMock('file_without_database');
  renderApp('/backup/b-shop-prod');
  await screen.findByTestId('no-database');
  expect(screen.queryByTestId('recognised')).toBeNull();
});
