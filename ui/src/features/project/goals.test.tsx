import { screen, waitFor } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';
import { goalOf } from './rto';

const AT = '/project/p-shop-prod?tab=goals';
const requests = (calls: readonly Call[], name: string) => calls.filter((call) => call.name === name).map((call) => call.request);

describe('goals of a project', () => {
  test('the_goal_is_changed_and_taken_away_and_the_last_time_is_held_against_it', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    expect((await screen.findByTestId('rto-goal')).textContent).toContain('Inside the goal: it took 12 min the last time.');
    await user.click(screen.getByTestId('edit-goal'));
    await user.clear(screen.getByTestId('goal-value'));
    await user.type(screen.getByTestId('goal-value'), '10');
    await user.click(screen.getByTestId('set-goal'));
    await waitFor(() => expect(screen.getByTestId('rto-goal').textContent).toContain('Over the goal'));
    await user.click(screen.getByTestId('edit-goal'));
    await user.click(screen.getByTestId('no-goal'));
    expect(await screen.findByText('Back within: no goal is set')).toBeTruthy();
    expect(requests(calls, 'goal_set')).toEqual([
      { project: 'p-shop-prod', goal: { category: null, rpoMs: null, rtoMs: 600_000, copies: null, drillEveryMs: null } },
      { project: 'p-shop-prod', goal: { category: null, rpoMs: null, rtoMs: null, copies: null, drillEveryMs: null } },
    ]);
  });

  test('a_goal_that_is_no_time_is_not_sent_and_says_what_is_one', async () => {
    const { calls } = installMock('empty');
    renderApp(AT);
    await user.click(await screen.findByTestId('edit-goal'));
    await user.type(screen.getByTestId('goal-value'), '0.5{Enter}');
    expect(screen.getByText(/at least a minute and at most a year/)).toBeTruthy();
    expect(screen.getByTestId('set-goal').hasAttribute('disabled')).toBe(true);
    expect(requests(calls, 'goal_set')).toEqual([]);
  });

  test.each([
    ['30', 'minutes', 1_800_000],
    ['2', 'hours', 7_200_000],
    ['365', 'days', 31_536_000_000],
    ['366', 'days', null],
    ['0', 'minutes', null],
    ['-1', 'hours', null],
    ['1e3', 'hours', null],
    ['', 'hours', null],
  ] as const)('%s_%s_is_%s', (text, unit, ms) => {
    expect(goalOf(text, unit)).toBe(ms);
  });
});

describe('assertions of a project', () => {
  test('one_is_checked_and_added_on_the_command_line_and_never_by_the_window', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.type(await screen.findByTestId('assertion-name'), 'paid orders');
    await user.type(screen.getByTestId('assertion-query'), "select 'x' from orders where false");
    await user.click(screen.getByTestId('check-assertion'));
    expect((await screen.findByTestId('assertion-command')).textContent).toContain("holdfast drill assert add shop-prod 'paid orders' 'select '\\''x'\\'' from orders where false'");
    expect(requests(calls, 'assertion_add')).toEqual([]);
    await user.type(screen.getByTestId('assertion-query'), ' and true');
    expect(screen.queryByTestId('assertion-command')).toBeNull();
  });

  test('a_name_that_is_taken_is_refused_with_what_to_do', async () => {
    installMock('home');
    renderApp(AT);
    await user.type(await screen.findByTestId('assertion-name'), 'orders of the last day');
    await user.type(screen.getByTestId('assertion-query'), 'select true');
    await user.click(screen.getByTestId('check-assertion'));
    expect((await screen.findByTestId('error-panel')).textContent).toContain('Choose another name, or remove that one first.');
    expect(screen.queryByTestId('assertion-command')).toBeNull();
  });

  test('one_is_removed_after_a_second_question', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click((await screen.findAllByTestId('remove-assertion'))[0]!);
    expect(requests(calls, 'assertion_remove')).toEqual([]);
    await user.click(screen.getByTestId('remove-assertion-confirm'));
    await waitFor(() => expect(screen.getAllByTestId('assertion')).toHaveLength(1));
    expect(requests(calls, 'assertion_remove')).toEqual([{ project: 'p-shop-prod', name: 'no order without a customer' }]);
  });

  test('without_one_it_says_so', async () => {
    installMock('empty');
    renderApp(AT);
    expect(await screen.findByText('No assertion yet.')).toBeTruthy();
  });
});
