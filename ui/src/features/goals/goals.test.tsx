import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';
import { goalOf } from './rto';

const AT = '/project/p-shop-prod?tab=goals';
const requests = (calls: readonly Call[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);

describe('goals of a project', () => {
  test('each_goal_stands_beside_how_it_is_held', async () => {
    installMock('home');
    renderApp(AT);
    expect((await screen.findByTestId('rto-goal')).textContent).toContain(
      'Inside the goal: it took 12 min the last time.',
    );
    expect(screen.getByTestId('goal-now-rpo').textContent).toContain('Nobody said so: a day is assumed.');
    expect(screen.getByTestId('goal-now-copies').textContent).toContain(
      'the original, and the backups in “Anchor” and in “Archive disk”',
    );
  });

  test('a_kind_of_data_sets_all_goals_and_what_would_hold_them_is_shown_and_set_only_when_it_is_taken_over', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click(await screen.findByTestId('edit-goals'));
    await user.click(await screen.findByTestId('goal-standard'));
    const dialog = screen.getByRole('dialog');
    await waitFor(() =>
      expect(calls.filter((call) => call.name === 'command_line').at(-1)?.request).toMatchObject({
        of: 'goal_set',
        request: { project: 'shop-prod', goal: { category: 'standard' } },
      }),
    );
    await user.click(screen.getByTestId('set-goals'));
    const line = await within(dialog).findByTestId('proposal-backups');
    await waitFor(() =>
      expect(within(dialog).getByTestId('proposal-backups').textContent).toContain('every 2 hours'),
    );
    expect(line.textContent).toContain('It takes the place of your schedule “backup”: every day at 02:00.');
    expect(requests(calls, 'goal_set')).toEqual([
      {
        project: 'p-shop-prod',
        goal: {
          category: 'standard',
          rpoMs: 14_400_000,
          rtoMs: 28_800_000,
          copies: 3,
          drillEveryMs: 2_592_000_000,
          wholeDrills: false,
        },
      },
    ]);
    expect([...requests(calls, 'schedule_set'), ...requests(calls, 'retention_set')]).toEqual([]);
    await user.click(await within(dialog).findByTestId('take-retention'));
    await waitFor(() => expect(requests(calls, 'retention_set')).toHaveLength(1));
    expect(requests(calls, 'schedule_set')).toEqual([]);
    await user.click(within(dialog).getByTestId('take-backups'));
    await waitFor(() =>
      expect(requests(calls, 'schedule_set')).toMatchObject([
        {
          project: 'p-shop-prod',
          name: 'backup',
          work: 'backup',
          rule: { kind: 'cron', expression: '0 */2 * * *' },
        },
      ]),
    );
  });

  test('goals_of_ones_own_are_set_and_an_empty_field_is_none', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click(await screen.findByTestId('edit-goals'));
    await user.type(await screen.findByTestId('goal-rpo'), '6');
    await user.clear(screen.getByTestId('goal-rto'));
    await waitFor(() =>
      expect(requests(calls, 'command_line').at(-1)).toMatchObject({
        of: 'goal_set',
        request: {
          goal: {
            category: null,
            rpoMs: 6 * 3_600_000,
            rtoMs: null,
            copies: null,
            drillEveryMs: null,
            wholeDrills: false,
          },
        },
      }),
    );
    await user.click(screen.getByTestId('set-goals'));
    await waitFor(() =>
      expect(requests(calls, 'goal_set')).toEqual([
        {
          project: 'p-shop-prod',
          goal: {
            category: null,
            rpoMs: 21_600_000,
            rtoMs: null,
            copies: null,
            drillEveryMs: null,
            wholeDrills: false,
          },
        },
      ]),
    );
  });

  test('a_goal_that_is_no_time_is_not_sent_and_says_what_is_one', async () => {
    const { calls } = installMock('empty');
    renderApp(AT);
    await user.click(await screen.findByTestId('edit-goals'));
    await user.type(await screen.findByTestId('goal-rpo'), '0.5{Enter}');
    expect(screen.getByText(/at least a minute and at most a year/)).toBeTruthy();
    expect(screen.getByTestId('set-goals').hasAttribute('disabled')).toBe(true);
    expect(requests(calls, 'goal_set')).toEqual([]);
  });

  test('imported_files_are_offered_no_schedule_for_backups_and_a_platform_a_pull', async () => {
    installMock('platforms');
    const files = renderApp('/project/p-old-shop?tab=goals');
    await user.click(await screen.findByTestId('show-proposal'));
    await screen.findByTestId('proposal-retention');
    expect(screen.queryByTestId('proposal-backups')).toBeNull();
    files.unmount();
    renderApp('/project/p-booking-manager?tab=goals');
    await user.click(await screen.findByTestId('show-proposal'));
    expect((await screen.findByTestId('proposal-backups')).textContent).toMatch(/^Pull /);
  });

  test('a_part_has_a_goal_of_its_own_and_loses_it_again', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click(await screen.findByTestId('add-component'));
    await user.type(screen.getByTestId('component-rpo'), '1');
    await user.click(screen.getByTestId('set-component'));
    expect((await screen.findByTestId('component-database')).textContent).toContain('over its goal');
    await user.click(screen.getByTestId('no-goal-database'));
    await waitFor(() => expect(screen.queryByTestId('component-database')).toBeNull());
    expect(requests(calls, 'goal_component_set')).toEqual([
      { project: 'p-shop-prod', component: 'database', rpoMs: 3_600_000 },
      { project: 'p-shop-prod', component: 'database', rpoMs: null },
    ]);
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
