import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { importPlan } from '../../ipc/mock/platforms';
import { backupRow, backupView } from '../../ipc/mock/backups';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const AT = '/backup/b-shop-prod';

test('a_platform_that_takes_files_back_gets_one_after_it_was_said_that_it_is_still_there', async () => {
  const { calls } = installMock('file_telegram');
  const { router } = renderApp(AT);
  await user.click(await screen.findByTestId('give-upload'));
  expect((await screen.findByTestId('still-there')).textContent).toContain('rb-10');
  expect(await screen.findByText(/^holdfast platform upload .*booking-manager/)).toBeTruthy();
  expect(calls.some((call) => call.name === 'platform_upload')).toBe(false);
  await user.click(screen.getByTestId('start-upload'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-pull'));
  expect(calls.find((call) => call.name === 'platform_upload')?.request).toEqual({
    project: 'p-booking-manager',
    backup: 'b-shop-prod',
  });
});

test('a_platform_that_takes_none_says_why_and_leads_to_a_new_project_planned_and_confirmed_by_name', async () => {
  const { calls } = installMock('file_backup');
  const { router } = renderApp(AT);
  await user.click(await screen.findByTestId('give-upload'));
  expect((await screen.findByTestId('no-upload')).textContent).toContain(
    'it takes files as new projects alone',
  );
  expect(screen.queryByTestId('start-upload')).toBeNull();
  await user.click(screen.getByTestId('upload-instead'));
  expect((await screen.findByTestId<HTMLButtonElement>('plan-import')).disabled).toBe(true);
  expect(document.body.textContent).toContain('on the command line only');
  await user.type(screen.getByTestId('import-name'), ' Second shop ');
  await user.click(screen.getByTestId('plan-import'));
  expect((await screen.findByTestId('remote-plan')).textContent).toContain(
    'makes the new project “Second shop” of it',
  );
  expect(calls.find((call) => call.name === 'platform_import_plan')?.request).toEqual({
    project: 'p-booking-manager',
    backup: 'b-shop-prod',
    newName: 'Second shop',
  });
  expect(screen.getByTestId<HTMLButtonElement>('apply-remote').disabled).toBe(true);
  await user.type(screen.getByTestId('confirm-remote'), 'booking-manager');
  await user.click(screen.getByTestId('apply-remote'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-pull'));
  expect(calls.find((call) => call.name === 'platform_apply')?.request).toEqual({
    planId: 'rp-import-b-shop-prod',
    confirm: 'booking-manager',
  });
});

test('a_blocked_plan_cannot_be_confirmed_and_another_name_can_be_given', async () => {
  installMock('file_backup', {
    platform_import_plan: ({ project, backup, newName }) => ({
      ...importPlan(project, backup, newName),
      blockers: ['The platform cannot import a project: it has none.'],
    }),
  });
  renderApp(AT);
  await user.click(await screen.findByTestId('give-import'));
  await user.type(await screen.findByTestId('import-name'), 'Second');
  await user.click(screen.getByTestId('plan-import'));
  expect(await screen.findByText('This forbids it.')).toBeTruthy();
  expect(screen.queryByTestId('apply-remote')).toBeNull();
  await user.click(screen.getByText('Back'));
  expect(await screen.findByTestId('import-name')).toBeTruthy();
});

test('without_any_platform_nothing_is_offered_and_one_that_does_not_answer_is_named', async () => {
  installMock('file_unloaded');
  const { unmount } = renderApp(AT);
  await screen.findByTestId('artifact');
  expect(screen.queryByText('Give it back')).toBeNull();
  unmount();
  installMock('file_backup', {
    platform_show: () =>
      Promise.reject({
        code: 'platform_unreachable',
        message: 'manager.example does not answer',
        hint: null,
        retry: 'now',
        reportId: 'x',
      }),
  });
  renderApp(AT);
  await user.click(await screen.findByTestId('give-upload'));
  expect((await screen.findByTestId('error-panel')).textContent).toContain(
    'Its platform could not be asked.',
  );
  expect(screen.queryByTestId('start-upload')).toBeNull();
});

test('what_nobody_vouches_for_is_given_by_the_command_line_alone_and_it_says_why', async () => {
  installMock('file_backup', {
    backup_show: ({ backup }) => ({
      ...backupView(backupRow({ id: backup }), 42, 'file_backup'),
      artifact: { ...backupView(backupRow({ id: backup }), 42, 'file_backup').artifact!, isTrusted: false },
    }),
  });
  renderApp(AT);
  await waitFor(() =>
    expect(screen.getByTestId('give-by-hand').textContent).toMatch(
      /^holdfast platform import .*booking-manager --backup/,
    ),
  );
  expect(screen.getByText(/sends it nowhere/)).toBeTruthy();
  expect(screen.queryByTestId('give-upload')).toBeNull();
  expect(screen.queryByTestId('give-import')).toBeNull();
});
