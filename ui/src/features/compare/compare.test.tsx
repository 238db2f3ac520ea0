import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import type { BackupDiffView } from '../../ipc/bindings';
import { installMock } from '../../ipc/mock';
import { diffOf } from '../../ipc/mock/compare';
import { backups } from '../../ipc/mock/backups';
import { byDifference, sidesOf } from './sides';
import { rowsDifference, sentenceOf } from './words';

const [later, earlier] = [backups[0]!, backups[1]!];
const diff = (given: Partial<BackupDiffView> = {}): BackupDiffView => ({
  ...diffOf(earlier, later, 'home'),
  ...given,
});

// The list draws only the rows in sight; jsdom has no layout, so it is given one.
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const rowOf = (name: string) =>
  within(screen.getByRole('table', { name: /largest difference/ }))
    .getByTitle(name)
    .closest<HTMLElement>('[role=row]')!;

describe('page that compares two backups', () => {
  test('what_changed_came_and_went_is_counted_and_each_table_says_it', async () => {
    installMock('home');
    renderApp(`/compare/${earlier.id}/${later.id}`);
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('7 tables differ.');
    expect(screen.getByTestId('diff-counts').textContent).toContain('Changed5tables');
    expect(rowOf('public.events').textContent).toContain('+11,433');
    expect(rowOf('public.vat_rates').textContent).toContain('not there');
    expect(rowOf('public.products').textContent).toContain('not equal');
    expect(screen.queryByTitle('public.sessions')).toBeNull();
  });

  test('swapping_the_sides_turns_what_came_into_what_went', async () => {
    const { calls } = installMock('home');
    renderApp(`/compare/${earlier.id}/${later.id}`);
    await user.click(await screen.findByTestId('swap-sides'));
    await waitFor(() => expect(rowOf('public.vat_rates').textContent).toContain('Removed'));
    expect(rowOf('public.events').textContent).toContain('−11,433');
    expect(screen.getByText(/backwards in time/)).toBeTruthy();
    expect(calls.filter(({ name }) => name === 'backup_diff')).toHaveLength(1);
  });

  test('nothing_differs_is_said_only_where_everything_was_compared', async () => {
    installMock('same');
    renderApp(`/compare/${earlier.id}/${later.id}`);
    expect((await screen.findByTestId('diff-same')).textContent).toContain(
      'fingerprints of all 42 tables are equal',
    );
  });

  test('a_backup_that_was_not_counted_is_unknown_and_never_equal', async () => {
    installMock('uncounted');
    renderApp(`/compare/${earlier.id}/${later.id}`);
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe(
      'Whether the rows differ is not known.',
    );
    expect(screen.getByTestId('diff-not-compared').textContent).toContain(
      'archive version 1.17 is not known',
    );
    expect(screen.queryByTestId('diff-same')).toBeNull();
    expect(screen.getByTestId('diff-counts').textContent).toContain('Unknown42tables');
    expect(rowOf('public.sessions').textContent).toContain('not counted');
    expect(rowOf('public.sessions').textContent).not.toContain('equal');
  });

  test('ten_thousand_tables_are_drawn_as_far_as_they_are_seen_and_found_by_name', async () => {
    installMock('tables');
    renderApp(`/compare/${earlier.id}/${later.id}`);
    await user.click(await screen.findByRole('radio', { name: 'All 10,000' }));
    expect(
      screen.getByRole('table', { name: /largest difference/ }).querySelectorAll('[role=row]').length,
    ).toBeLessThan(100);
    await user.type(screen.getByLabelText('Filter tables by name'), 'table_9004');
    expect(await screen.findByTitle('public.table_9004')).toBeTruthy();
  });

  test('a_backup_that_is_gone_says_so_and_one_with_itself_is_no_comparison', async () => {
    installMock('home');
    renderApp('/compare/nowhere/b-shop-prod');
    expect(await screen.findByText(/there is no backup/i)).toBeTruthy();
    renderApp('/compare/b-shop-prod/b-shop-prod');
    expect(await screen.findByText('Both sides are the same backup.')).toBeTruthy();
  });
});

describe('ways to a comparison', () => {
  test('two_are_ticked_in_the_list_and_the_earlier_one_stands_at_the_left', async () => {
    installMock('home');
    renderApp('/project/p-shop-prod');
    await user.click(await screen.findByTestId('compare-two'));
    const list = await screen.findByRole('grid', { name: 'Backups, newest first' });
    list.focus();
    await user.keyboard('{ArrowDown} {ArrowDown} ');
    expect((await screen.findByTestId('compare-picked')).getAttribute('href')).toContain(
      `/compare/${earlier.id}/${later.id}`,
    );
    await user.keyboard('{ArrowDown} ');
    expect(screen.getByTestId('compare-picked').getAttribute('href')).toContain(
      `/compare/${backups[2]!.id}/${earlier.id}`,
    );
  });

  test('the_page_of_a_backup_leads_to_the_one_before', async () => {
    installMock('home');
    renderApp('/backup/b-shop-prod');
    expect((await screen.findByTestId('compare-before')).getAttribute('href')).toContain(
      `/compare/${earlier.id}/b-shop-prod`,
    );
  });

  test('the_first_backup_has_none_before_it', async () => {
    installMock('home');
    renderApp(`/backup/${backups.at(-1)!.id}`);
    await screen.findByRole('heading', { level: 1 });
    expect(screen.queryByTestId('compare-before')).toBeNull();
  });
});

describe('words of a comparison', () => {
  const said = (given: Partial<BackupDiffView>) => sentenceOf(sidesOf(diff(given), earlier.id));
  const equal = { ...diff().tables[0]!, change: 'equal' } as const;

  test('the_sentence_says_what_differs_and_nothing_that_is_not_known', () => {
    expect(said({})).toBe('7 tables differ.');
    expect(said({ tables: [equal] })).toBe('No row differs, but 6 other objects do.');
    expect(said({ tables: [equal], objects: [] })).toBe('No row differs, but something else does.');
    expect(said({ tables: [{ ...equal, change: 'unknown' }] })).toBe(
      'Whether the rows differ is not known, but 6 other objects do.',
    );
    expect(said({ tables: [equal], verdict: 'unknown' })).toBe('Nothing that was compared differs.');
    expect(said({ tables: [], verdict: 'unknown' })).toBe('Whether the rows differ is not known.');
  });

  test('a_sum_with_an_unknown_in_it_is_unknown', () => {
    const { tables } = sidesOf(diff(), earlier.id);
    expect(rowsDifference(tables)).toBe(11_433 + 607 + 206 - 1_204 + 27 - 1_204);
    expect(rowsDifference([...tables, { ...tables[0]!, change: 'unknown' }])).toBeNull();
  });

  test('the_largest_difference_stands_first_and_what_is_equal_last', () => {
    const names = sidesOf(diff(), earlier.id)
      .tables.toSorted(byDifference)
      .map(({ name }) => name);
    expect(names.slice(0, 7)).toEqual([
      'events',
      'customers',
      'legacy_coupons',
      'order_items',
      'orders',
      'vat_rates',
      'products',
    ]);
  });
});
