import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { pausedJob, pullJob } from '../../ipc/mock/pulls';
import { pauseWords, restWords, stoppedTitle } from './words';

const goesOn = pausedJob.goesOn!;

test('a_pull_that_fetches_says_what_pausing_leaves_and_is_paused_by_one_click', async () => {
  const { calls } = installMock('home');
  renderApp('/run/j-pull');
  expect(
    await screen.findByText(/What is here stays, 1.2 of 3.11 GB. The next start goes on there/),
  ).toBeTruthy();
  await user.click(screen.getByTestId('run-pause'));
  await waitFor(() => expect(calls).toContainEqual({ name: 'job_pause', request: { job: 'j-pull' } }));
  expect(screen.getByTestId('run-pause').textContent).toBe('Pausing');
  expect(calls.some((call) => call.name === 'job_cancel')).toBe(false);
});

test('what_cannot_be_paused_offers_none_and_a_refusal_is_said', async () => {
  installMock('home', { job_show: () => ({ ...pullJob, canPause: false }) });
  const { unmount } = renderApp('/run/j-pull');
  await screen.findByTestId('run-cancel');
  expect(screen.queryByTestId('run-pause')).toBeNull();
  expect(screen.queryByText('If you pause')).toBeNull();
  unmount();
  installMock('home', {
    job_pause: () =>
      Promise.reject({
        code: 'not_pausable',
        message: 'only a pull can be paused, and only while it fetches',
        hint: 'Let it go on.',
        retry: 'after_fix',
        reportId: 'x',
      }),
  });
  renderApp('/run/j-pull');
  await user.click(await screen.findByTestId('run-pause'));
  expect((await screen.findByTestId('error-panel')).textContent).toContain('only while it fetches');
  expect(screen.getByTestId('run-pause').textContent).toBe('Pause');
});

test('a_paused_pull_says_what_is_here_and_goes_on_as_a_new_run', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/run/j-paused');
  const stopped = (await screen.findByTestId('stopped')).textContent ?? '';
  expect(stopped).toContain('Paused at 1.2 of 3.11 GB.');
  expect(stopped).toContain(
    '1,203,339,264 bytes are here and stay. Going on fetches the other 1,906,660,736,',
  );
  expect(stopped).toContain('it is no backup');
  expect(stopped).not.toContain('Cancelled');
  const phases = screen.getByRole('list', { name: 'Phases' }).textContent ?? '';
  expect(phases).toContain('Fetch stopped');
  expect(phases).not.toContain('failed');
  await user.click(screen.getByTestId('run-go-on'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-pull'));
  expect(calls).toContainEqual({ name: 'job_resume', request: { job: 'j-paused', passphrase: null } });
});

test('a_killed_pull_that_had_a_passphrase_asks_for_it_before_it_goes_on', async () => {
  const { calls } = installMock('home');
  renderApp('/run/j-killed');
  const stopped = (await screen.findByTestId('stopped')).textContent ?? '';
  expect(stopped).toContain('Interrupted at 1.2 of 3.11 GB.');
  expect(stopped).toContain('After it 2 more backups are to come.');
  await user.click(screen.getByTestId('run-go-on'));
  expect((await screen.findByTestId<HTMLButtonElement>('go-on-start')).disabled).toBe(true);
  expect(calls.some((call) => call.name === 'job_resume')).toBe(false);
  await user.type(screen.getByTestId('go-on-passphrase'), 'sesame');
  await user.click(screen.getByTestId('go-on-start'));
  await waitFor(() =>
    expect(calls).toContainEqual({ name: 'job_resume', request: { job: 'j-killed', passphrase: 'sesame' } }),
  );
});

test('a_download_that_failed_names_why_and_goes_on_from_there_and_a_refusal_is_said', async () => {
  installMock('home', {
    job_resume: () =>
      Promise.reject({
        code: 'not_resumable',
        message: 'there is nothing that this run could go on with',
        hint: null,
        retry: 'after_fix',
        reportId: 'x',
      }),
  });
  renderApp('/run/j-pull-failed');
  expect((await screen.findByTestId('error-panel')).textContent).toContain('download_stalled');
  expect(screen.getByTestId('stopped').textContent).toContain('1,203,339,264 bytes are here');
  await user.click(screen.getByTestId('run-go-on'));
  expect(await screen.findByText(/nothing that this run could go on with/)).toBeTruthy();
});

test('words: nothing that is not known is made up', () => {
  expect(stoppedTitle('cancelled', { ...goesOn, isPaused: false, bytesTotal: null })).toBe(
    'Cancelled at 1.2 GB.',
  );
  expect(stoppedTitle('interrupted', { ...goesOn, isPaused: false, bytesHere: 0 })).toBe(
    'Interrupted before anything was kept.',
  );
  expect(restWords({ ...goesOn, bytesHere: 0 })).toBe(
    'Nothing of it is here, so it begins at its first byte.',
  );
  expect(restWords({ ...goesOn, bytesTotal: null })).toContain('Going on fetches the rest,');
  expect(restWords({ ...goesOn, remoteIds: ['a', 'b'] })).toContain('After it 1 more backup is to come.');
  expect(pauseWords({ ...pullJob, phases: [] })).toContain('What is here by then stays.');
});
