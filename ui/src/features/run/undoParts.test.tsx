import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

test('a_restore_of_files_is_undone_once_its_plan_was_seen_and_the_projects_name_typed', async () => {
  const { calls } = installMock('home');
  renderApp('/run/j-parts');
  await user.click(await screen.findByTestId('undo-parts'));
  const dialog = within(await screen.findByRole('dialog'));
  expect((await dialog.findByTestId('part-counts')).textContent).toContain('Changed since, stays');
  const button = dialog.getByTestId<HTMLButtonElement>('apply-parts-undo');
  expect(button.textContent).toBe('Undo: 14 files in shop-prod');
  expect(button.disabled).toBe(true);
  await user.type(dialog.getByTestId('confirm-parts'), 'shop-prod');
  await user.click(button);
  expect(calls.find((call) => call.name === 'parts_apply')?.request).toEqual({
    planId: 'part-plan-1',
    confirm: 'shop-prod',
  });
});

test('a_run_that_restored_no_files_offers_no_undo_of_them', async () => {
  installMock('home');
  renderApp('/run/j-running');
  await screen.findByTestId('run-state');
  expect(screen.queryByTestId('undo-parts')).toBeNull();
});
