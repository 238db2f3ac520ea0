import { screen } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { jobRow } from '../../ipc/mock/runs';
import { heroSentence } from './words';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('activity', () => {
  test('what_runs_stands_above_what_ended', async () => {
    installMock('home');
    renderApp('/activity');
    expect((await screen.findByTestId('live-run')).textContent).toContain('61 %');
    expect(await screen.findByText('Failed')).toBeTruthy();
  });
  test('nothing_ran_yet_is_said', async () => {
    installMock('home', { job_list: () => [] });
    renderApp('/activity');
    expect((await screen.findByTestId('empty-state')).textContent).toContain('No run yet.');
  });
  test('the_sentence_counts_what_goes_on_and_what_waits', () => {
    const running = jobRow({ id: 'a' });
    expect(heroSentence([running])).toBe('One run goes on.');
    expect(heroSentence([running, running, { ...running, state: 'queued' }])).toBe(
      'Two runs go on, one waits.',
    );
    expect(heroSentence([{ ...running, state: 'queued' }])).toBe('One run waits.');
    expect(heroSentence([{ ...running, state: 'failed' }])).toBe('Nothing runs. The last run failed.');
  });
});
