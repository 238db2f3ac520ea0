import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { halfDoneJob } from '../../ipc/mock/steps';

describe('a run with recovery steps', () => {
  test('it_says_what_a_person_has_to_do_and_is_told_once_that_it_is_done', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-waiting');
    const note = await screen.findByTestId('waits-for');
    expect(note.textContent).toContain('Put up the maintenance page');
    await waitFor(() =>
      expect(document.querySelector('[aria-live=assertive]')?.textContent).toBe(
        'It waits for you: Put up the maintenance page.',
      ),
    );
    expect(note.textContent).toContain('Switch maintenance on in the console');
    await user.click(screen.getByTestId('go-on'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'job_answer',
        request: { job: 'j-waiting', step: 'st-page', answer: 'go_on' },
      }),
    );
    expect(screen.getByTestId<HTMLButtonElement>('stop-here').disabled).toBe(true);
  });

  test('it_is_stopped', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-waiting');
    await user.click(await screen.findByTestId('stop-here'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'job_answer',
        request: { job: 'j-waiting', step: 'st-page', answer: 'stop' },
      }),
    );
  });

  test('a_database_that_is_restored_is_said_to_be_although_a_step_after_failed', async () => {
    installMock('home');
    renderApp('/run/j-half');
    const panel = await screen.findByTestId('error-panel');
    expect(panel.textContent).toContain('Restored, and a step after it was not done.');
    expect(panel.textContent).toContain('IS restored');
    const steps = within(screen.getByTestId('step-results')).getAllByRole('listitem');
    expect(steps.map((step) => step.getAttribute('data-state'))).toEqual([
      'ok',
      'ok',
      'ok',
      'failed',
      'failed',
    ]);
    expect(steps[3]?.textContent).toContain('empty-cache ended with status 1');
  });
});

test('a_run_that_left_the_project_paused_offers_to_resume_it_there', async () => {
  const { calls } = installMock('home', {
    job_show: () => ({
      ...halfDoneJob,
      row: { ...halfDoneJob.row, state: 'interrupted' },
      mayBePaused: true,
    }),
  });
  renderApp('/run/j-half');
  const note = await screen.findByTestId('may-be-paused');
  expect(note.textContent).toContain('shop-prod may be paused');
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'command_line',
      request: { of: 'platform_ask', request: { project: 'shop-prod', act: 'resume', name: null } },
    }),
  );
  await user.click(screen.getByTestId('resume-there'));
  await waitFor(() =>
    expect(calls).toContainEqual({
      name: 'platform_act',
      request: { project: 'p-shop-prod', act: 'resume', name: null },
    }),
  );
});
