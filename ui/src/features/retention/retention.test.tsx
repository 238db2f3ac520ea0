import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';
import { monthsOf, movedTo } from './calendar';
import { draftOf, lackOf, policyOf } from './draft';

const AT = '/project/p-shop-staging?tab=retention';
const requests = (calls: readonly Call[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);
const day = (date: string) => ({ date, startMs: 0, backups: [] });

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('retention of a project', () => {
  test('the_counts_come_first_and_each_day_says_what_becomes_of_its_backups_and_why', async () => {
    installMock('home');
    renderApp(AT);
    expect((await screen.findByTestId('tally')).textContent).toMatch(/^\d+ backups stay, \d+ go$/);
    const chosen = screen.getByTestId('chosen-day');
    expect(chosen.textContent).toContain('goes');
    expect(chosen.textContent).toContain('no rule keeps it');
    const before = chosen.querySelector('h4')?.textContent;
    screen.getByTestId('calendar').querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
    await user.keyboard('{End}');
    expect(screen.getByTestId('chosen-day').querySelector('h4')?.textContent).not.toBe(before);
    expect(screen.getByTestId('chosen-day').textContent).toContain('newest verified; one of the 3 that stay');
  });

  test('another_policy_is_looked_at_while_figures_change_and_set_only_when_it_is_said', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click(await screen.findByTestId('change-retention'));
    await user.click(screen.getByTestId('preset-keep-7'));
    await waitFor(() => expect(screen.getByTestId('tally').textContent).toMatch(/^1\d backups stay/));
    expect(screen.queryByTestId('remove-old')).toBeNull();
    await waitFor(() =>
      expect(requests(calls, 'command_line').at(-1)).toMatchObject({
        of: 'retention_set',
        request: { project: 'shop-staging', policy: { keepLast: 7, zone: 'Europe/Berlin' } },
      }),
    );
    await user.click(screen.getByTestId('preset-own'));
    await user.clear(screen.getByTestId('tier-keepLast'));
    await user.type(screen.getByTestId('tier-keepLast'), '12');
    await waitFor(() =>
      expect(requests(calls, 'retention_preview').at(-1)).toMatchObject({
        policy: { keepLast: 12, floor: 3 },
      }),
    );
    expect(requests(calls, 'retention_set')).toEqual([]);
    await user.click(screen.getByTestId('set-retention'));
    await waitFor(() =>
      expect(requests(calls, 'retention_set')).toMatchObject([
        { project: 'p-shop-staging', policy: { keepLast: 12, hourly: 0, withinMs: null, floor: 3 } },
      ]),
    );
    expect((await screen.findByTestId('policy-words')).textContent).toContain('Keep the last 12');
  });

  test('what_goes_is_removed_only_under_the_typed_name_and_enter_does_not_confirm', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click(await screen.findByTestId('remove-old'));
    const dialog = await screen.findByRole('dialog');
    const act = await within(dialog).findByTestId('remove-old-confirm');
    expect(dialog.textContent).toContain('no rule keeps it');
    expect(act.hasAttribute('disabled')).toBe(true);
    await user.type(within(dialog).getByTestId('confirm-name'), 'shop-staging{Enter}');
    expect(requests(calls, 'retention_apply')).toEqual([]);
    await user.click(act);
    await waitFor(() =>
      expect(requests(calls, 'retention_apply')).toEqual([
        { project: 'p-shop-staging', plan: '5d1c0b7a9e3f2460', confirm: 'shop-staging' },
      ]),
    );
  });

  test('a_plan_that_is_stale_is_said_and_made_again', async () => {
    const { calls } = installMock('stale');
    renderApp(AT);
    await user.click(await screen.findByTestId('remove-old'));
    await user.type(await screen.findByTestId('confirm-name'), 'shop-staging');
    await user.click(screen.getByTestId('remove-old-confirm'));
    expect((await screen.findByTestId('plan-was-stale')).textContent).toContain('Nothing was removed.');
    expect((screen.getByTestId('confirm-name') as HTMLInputElement).value).toBe('');
    expect(requests(calls, 'retention_plan')).toHaveLength(2);
  });

  test('paused_it_says_why_and_offers_no_removal', async () => {
    installMock('error');
    renderApp(AT);
    expect((await screen.findByTestId('retention-paused')).textContent).toContain(
      'The last 2 runs of shop-staging failed',
    );
    expect(screen.queryByTestId('remove-old')).toBeNull();
  });

  test('a_removal_that_was_interrupted_says_how_far_it_came_and_what_to_do', async () => {
    installMock('long');
    renderApp(AT);
    expect((await screen.findByTestId('retention-unfinished')).textContent).toContain(
      '3 of 8 backups were removed',
    );
    await user.click(screen.getByTestId('go-on-removing'));
    expect(await screen.findByTestId('remove-old-confirm')).toBeTruthy();
  });

  test('without_a_policy_the_choice_is_open_and_everything_stays', async () => {
    installMock('uncounted');
    renderApp(AT);
    expect(((await screen.findByTestId('preset-none')) as HTMLInputElement).checked).toBe(true);
    expect((await screen.findByTestId('tally')).textContent).toContain('none goes');
  });

  test('ten_thousand_backups_draw_half_a_year_at_first', async () => {
    installMock('many');
    renderApp(AT);
    await screen.findByTestId('calendar');
    expect(screen.getAllByRole('heading', { level: 4 }).length).toBeLessThan(9);
    await user.click(screen.getByTestId('older-months'));
    expect(screen.getAllByRole('heading', { level: 4 }).length).toBeGreaterThan(9);
  });
});

describe('what is computed for it', () => {
  test('months_begin_on_the_right_weekday_and_have_their_days', () => {
    expect(monthsOf([day('2026-11-22'), day('2026-11-01'), day('2024-02-29')])).toEqual([
      { key: '2026-11', title: 'November 2026', lead: 6, days: 30 },
      { key: '2024-02', title: 'February 2024', lead: 3, days: 29 },
    ]);
  });

  test('arrows_go_to_the_next_day_that_has_backups', () => {
    const days = [day('2026-11-22'), day('2026-11-20'), day('2026-11-01')];
    expect(
      ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'a'].map((key) =>
        movedTo(days, '2026-11-20', key),
      ),
    ).toEqual(['2026-11-01', '2026-11-22', '2026-11-01', '2026-11-20', '2026-11-01', '2026-11-22', null]);
  });

  test('figures_that_are_no_policy_say_what_is_missing', () => {
    const policy = {
      keepLast: 0,
      hourly: 0,
      daily: 7,
      weekly: 0,
      monthly: 0,
      yearly: 0,
      withinMs: null,
      floor: 3,
      zone: 'UTC',
    };
    const own = draftOf({
      projectId: 'p',
      project: 'shop',
      policy,
      preset: null,
      words: '',
      presets: [],
      lastRun: null,
      command: '',
    });
    expect(lackOf(own)).toBeNull();
    expect(lackOf({ ...own, counts: { ...own.counts, daily: 0 } })).toContain('Say what stays');
    expect(lackOf({ ...own, floor: 0 })).toContain('At least one');
    expect(lackOf({ ...own, counts: { ...own.counts, daily: 1.5 } })).toContain('whole numbers');
    expect(policyOf({ ...own, withinDays: 30, floor: 5 })).toMatchObject({
      daily: 7,
      withinMs: 30 * 86_400_000,
      floor: 5,
      zone: 'UTC',
    });
  });
});
