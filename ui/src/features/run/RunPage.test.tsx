import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { standingOf } from '../../ipc/mock/restored';
import { failedJob, refused, restored, restoredJob, runningJob } from '../../ipc/mock/runs';
import { differenceWords } from './RestoreVerdict';
import { closingSentence } from './words';

describe('page of a run', () => {
  test('a_running_backup_shows_its_percent_its_phases_and_the_range_of_time_left', async () => {
    installMock('home');
    renderApp('/run/j-running');
    expect((await screen.findByTestId('run-percent')).textContent).toBe('61 %');
    expect(screen.getByTestId('run-state').textContent).toBe('running');
    expect(screen.getByText(/about 2 to 4 minutes left/)).toBeTruthy();
    expect(within(screen.getByRole('list', { name: 'Phases' })).getAllByRole('listitem')).toHaveLength(4);
  });

  test('cancelling_first_says_what_stays', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-running');
    await userEvent.click(await screen.findByTestId('run-cancel'));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('Nothing is left that looks like a backup.');
    expect(calls.some((call) => call.name === 'job_cancel')).toBe(false);
    await userEvent.click(screen.getByTestId('run-cancel-confirm'));
    await waitFor(() => expect(calls).toContainEqual({ name: 'job_cancel', request: { job: 'j-running' } }));
  });

  test('a_project_that_was_made_anew_is_filled_from_the_page_of_its_run', async () => {
    const made = {
      ...runningJob,
      row: { ...runningJob.row, kind: 'platform' as const, state: 'succeeded' as const },
      madeProject: 'p-shop-staging',
    };
    const { calls } = installMock('home', { job_show: () => made });
    renderApp('/run/j-running');
    await userEvent.click(await screen.findByTestId('fill-project'));
    expect(await screen.findByRole('heading', { level: 1, name: 'Which moment?' })).toBeTruthy();
    await userEvent.click(await screen.findByTestId('plan-next'));
    await userEvent.click(await screen.findByTestId('plan-next'));
    expect((await screen.findByTestId<HTMLInputElement>('mode-replace')).checked).toBe(true);
    await userEvent.click(await screen.findByTestId('plan-next'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'restore_plan')?.request).toMatchObject({
        target: { kind: 'all_rows', project: 'p-shop-staging', mode: 'replace', makes: true },
      }),
    );
    expect(calls.find((call) => call.name === 'backup_show')?.request).toEqual({
      backup: 'shop-prod@latest',
    });
  });

  test('a_failed_run_says_what_happened_and_can_be_tried_again', async () => {
    const { calls } = installMock('home', { job_show: () => failedJob });
    renderApp('/run/j-failed');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('wrong_password');
    await userEvent.click(screen.getByTestId('run-again'));
    await waitFor(() => expect(calls.some((call) => call.name === 'backup_start')).toBe(true));
  });

  test('an_interrupted_run_says_what_is_safe', async () => {
    installMock('home', {
      job_show: () => ({
        ...failedJob,
        error: null,
        row: { ...failedJob.row, state: 'interrupted' },
        safeNext: 'It is safe to start it again.',
      }),
    });
    renderApp('/run/j-failed');
    expect((await screen.findAllByText('It is safe to start it again.')).length).toBeGreaterThan(0);
    expect(screen.getByText('What is safe now')).toBeTruthy();
  });

  test('a_restore_that_differs_names_the_tables', async () => {
    installMock('home', {
      job_show: () => ({
        ...restoredJob,
        restore: {
          ...restored,
          verdict: 'fail',
          reason: '1 table differs',
          differences: [
            {
              table: 'public.orders',
              expectedRows: 100,
              foundRows: 88,
              contentDiffers: false,
              problem: null,
            },
          ],
        },
      }),
    });
    renderApp('/run/j-restored');
    expect((await screen.findByTestId('restore-verdict')).textContent).toContain('Fail.');
    expect(screen.getByText('12 rows too few')).toBeTruthy();
    expect(screen.getByText(restored.connect)).toBeTruthy();
  });

  test('a_restore_shows_the_phases_of_its_safety_backup_before_its_own', async () => {
    installMock('home');
    renderApp('/run/j-restoring');
    const phases = within(await screen.findByRole('list', { name: 'Phases' })).getAllByRole('listitem');
    expect(phases.map((phase) => phase.textContent?.split(' ')[0])).toEqual([
      'Snapshot',
      'Dump',
      'Vault',
      'Verify',
      'Prepare',
      'Structure',
      'Rows',
      'Indexes',
      'Check',
      'Switch',
    ]);
    expect(phases[0]?.textContent).toContain('Safety backup');
    expect(screen.queryByTestId('after-restore')).toBeNull();
  });

  test('a_restore_that_is_over_offers_what_its_standing_allows_and_no_more', async () => {
    const { calls } = installMock('home', {
      restore_show: ({ restore }) => ({ ...standingOf(restore), canDiscard: false }),
    });
    renderApp('/run/j-restored');
    expect((await screen.findByTestId('after-restore')).textContent).toContain('holdfast restore undo');
    expect(screen.getByTestId('undo-restore').getAttribute('href')).toContain('/restored/j-restored/undo');
    expect(screen.queryByTestId('discard-old')).toBeNull();
    expect(calls).toContainEqual({ name: 'restore_show', request: { restore: 'j-restored' } });
  });

  test('the_report_of_a_restore_is_saved_where_the_dialog_says', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-restored');
    await userEvent.click(await screen.findByTestId('save-restore-report'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'restore_report_save')?.request).toMatchObject({
        restore: 'j-restored',
        path: expect.stringMatching(/restore-.*\.html$/),
      }),
    );
    expect(await screen.findByText('Saved.')).toBeTruthy();
  });

  test('a_restore_whose_safety_backup_failed_has_nothing_to_undo', async () => {
    installMock('home', {
      job_show: () => ({
        ...failedJob,
        row: { ...failedJob.row, kind: 'restore' },
        error: { ...refused, message: 'the safety backup failed, so nothing was restored' },
      }),
      restore_show: () =>
        Promise.reject({
          code: 'restore_not_found',
          message: 'there is no such restore',
          hint: null,
          retry: 'never',
          reportId: '',
        }),
    });
    renderApp('/run/j-failed');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('so nothing was restored');
    await waitFor(() => expect(screen.queryByRole('status')).toBeNull());
    expect(screen.queryByTestId('after-restore')).toBeNull();
  });

  test('a_database_that_was_dropped_offers_no_way_to_connect', async () => {
    installMock('home', {
      job_show: () => ({
        ...restoredJob,
        restore: {
          ...restored,
          tablesChecked: 0,
          rowsChecked: 0,
          restoreMs: 0,
          checkMs: 0,
          reason: 'shop_before is dropped',
        },
      }),
    });
    renderApp('/run/j-restored');
    const verdict = (await screen.findByTestId('restore-verdict')).textContent ?? '';
    expect(verdict).toContain('Done. shop_before is dropped');
    expect(verdict).toContain('nothing was compared');
    expect(verdict).toContain('13 minfor the whole run');
    expect(verdict).not.toContain('to check');
    expect(screen.queryByText('Connect to it')).toBeNull();
  });

  test('a_private_copy_can_be_removed_and_has_no_address_once_it_was', async () => {
    const scratch = { ...restored, scratchId: 's-1' };
    const { calls } = installMock('home', { job_show: () => ({ ...restoredJob, restore: scratch }) });
    const { unmount } = renderApp('/run/j-scratch');
    expect((await screen.findByTestId('remove-scratch')).getAttribute('href')).toContain('/settings#scratch');
    expect(screen.getByText('Connect to it')).toBeTruthy();
    unmount();
    installMock('home', { job_show: () => ({ ...restoredJob, restore: scratch }), scratch_list: () => [] });
    renderApp('/run/j-scratch');
    expect(await screen.findByText(/was removed from this computer/)).toBeTruthy();
    expect(screen.queryByText('Connect to it')).toBeNull();
    expect(screen.queryByTestId('remove-scratch')).toBeNull();
    expect(calls.some((call) => call.name === 'scratch_remove')).toBe(false);
  });

  test('a_run_that_cannot_be_read_offers_to_try_again', async () => {
    installMock('home', {
      job_show: () =>
        Promise.reject({
          code: 'job_not_found',
          message: 'there is no such run',
          hint: null,
          retry: 'now',
          reportId: 'x',
        }),
    });
    renderApp('/run/j-none');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('This run could not be read.');
  });
});

describe('words of a run', () => {
  test('closing_the_window_is_only_called_safe_where_it_is', () => {
    expect(closingSentence(runningJob.row, true)).toContain('You may close this window');
    expect(closingSentence(runningJob.row, false)).not.toContain('close');
    expect(closingSentence({ ...runningJob.row, isMine: false }, false)).toContain(
      'Another Holdfast process',
    );
  });
  test('a_difference_says_what_differs', () => {
    const difference = {
      table: 'public.a',
      expectedRows: 3,
      foundRows: 3,
      contentDiffers: true,
      problem: null,
    };
    expect(differenceWords(difference)).toBe('same count, other content');
    expect(differenceWords({ ...difference, foundRows: null })).toBe('missing');
    expect(differenceWords({ ...difference, expectedRows: null })).toBe('not in the backup');
  });
});
