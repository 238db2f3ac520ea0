import { screen, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

async function opened(scenario: Parameters<typeof installMock>[0]) {
  const { calls } = installMock(scenario);
  renderApp('/project/p-shop-prod?tab=components');
  await user.click(await screen.findByTestId('open-tables'));
  return { calls, dialog: within(await screen.findByRole('dialog')) };
}

test('tables_whose_rows_nobody_wants_are_unticked_and_said_afterwards', async () => {
  const { calls, dialog } = await opened('home');
  expect((await dialog.findByTestId('tables-sum')).textContent).toContain('8 of 8 tables');
  await user.click(dialog.getByTestId('take-schema-audit'));
  await user.click(dialog.getByTestId('take-rows-secrets'));
  expect(dialog.getByTestId('tables-sum').textContent).toContain('5 of 8 tables');
  await user.click(dialog.getByTestId('choose-tables'));
  expect((await screen.findByTestId('tables-taken')).textContent).toBe(
    'taken: the rows of every table but audit.log, audit.sessions, vault.secrets',
  );
  expect(calls.find((call) => call.name === 'project_tables_choose')?.request).toEqual({
    project: 'p-shop-prod',
    choice: { only: [], withoutRows: ['audit.log', 'audit.sessions', 'vault.secrets'] },
  });
});

test('what_the_role_may_not_read_is_said_before_a_backup_stops_there', async () => {
  const { dialog } = await opened('home');
  expect(await dialog.findByText(/may not read 1 ticked table/)).toBeTruthy();
  await user.click(dialog.getByTestId('take-rows-secrets'));
  expect(dialog.queryByText(/may not read 1 ticked table/)).toBeNull();
});

test('a_backup_shows_what_is_not_in_it_by_choice', async () => {
  installMock('whole');
  renderApp('/backup/b-shop-prod');
  const panel = await screen.findByTestId('not-taken');
  expect(panel.textContent).toContain('audit.log');
  expect(panel.textContent).toContain('foreign key order_notes_entry_fkey on public.order_notes');
});
