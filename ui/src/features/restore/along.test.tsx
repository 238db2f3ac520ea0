import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import type { ForeignKeyView } from '../../ipc/bindings';
import { installMock } from '../../ipc/mock';
import { fail, type Handlers } from '../../ipc/mock';
import { alongOf } from './along';

// The list draws only the rows in sight; jsdom has no layout, so it is given one.
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

async function atWhat(scenario: string, own: Partial<Handlers> = {}) {
  const { calls } = installMock(scenario, own);
  renderApp('/restore/b-shop-prod');
  await user.click(await screen.findByTestId('why-damaged'));
  await user.click(screen.getByTestId('plan-next'));
  await user.click(screen.getByTestId('plan-next'));
  await screen.findByTestId('along');
  return { calls };
}

describe('what must come along', () => {
  test('a_table_that_points_to_one_that_is_not_chosen_says_so_and_a_button_adds_it', async () => {
    await atWhat('home');
    await user.click(await screen.findByLabelText('Restore public.sessions'));
    expect((await screen.findByTestId('along-parents')).textContent).toContain(
      'sessions points to customers: rows of it that are missing there would make the restore fail.',
    );
    await user.click(screen.getByRole('button', { name: 'Add customers' }));
    expect(screen.queryByTestId('along-parents')).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>('Restore public.customers').checked).toBe(true);
  });

  test('all_that_is_needed_is_added_at_once_at_any_depth', async () => {
    await atWhat('home');
    await user.click(await screen.findByLabelText('Restore public.order_items'));
    await user.click(await screen.findByTestId('add-needed'));
    expect(screen.queryByTestId('along-parents')).toBeNull();
    expect(screen.getByText('7 of 42 chosen')).toBeTruthy();
    expect((await screen.findByTestId('along-children')).textContent).toContain(
      'tables point to the chosen ones',
    );
  });

  test('nothing_is_missing_is_said_only_where_no_key_leads_out_or_in', async () => {
    await atWhat('home');
    expect(screen.queryByTestId('along-whole')).toBeNull();
    await user.click(await screen.findByLabelText('Restore public.events'));
    expect(await screen.findByTestId('along-whole')).toBeTruthy();
    await user.click(screen.getByLabelText('Restore public.customers'));
    expect(screen.queryByTestId('along-whole')).toBeNull();
  });

  test('a_key_that_was_not_understood_is_named_and_nothing_is_called_whole', async () => {
    await atWhat('home', { backup_references: () => ({ keys: [], unread: ['orders odd'] }) });
    await user.click(await screen.findByLabelText('Restore public.orders'));
    expect((await screen.findByTestId('along-unread')).textContent).toContain(
      '1 foreign key could not be understood',
    );
    expect(screen.queryByTestId('along-whole')).toBeNull();
  });

  test('what_cannot_be_read_is_an_error_and_the_tables_can_be_chosen_all_the_same', async () => {
    await atWhat('home', {
      backup_references: () =>
        fail({ code: 'vault_io', message: 'cannot read the dump from the vault', retry: 'now' }),
    });
    expect(await screen.findByText('What points to what could not be read.')).toBeTruthy();
    await user.click(await screen.findByLabelText('Restore public.orders'));
    expect(screen.getByTestId('plan-next').hasAttribute('disabled')).toBe(false);
  });
});

describe('schemas', () => {
  test('a_schema_is_chosen_as_a_whole_and_with_a_filter_only_what_is_in_sight', async () => {
    const { calls } = await atWhat('home');
    await user.type(screen.getByTestId('filter-tables'), 'order');
    await user.click(await screen.findByTestId('schema-public'));
    expect(screen.getByText('2 of 42 chosen')).toBeTruthy();
    await user.clear(screen.getByTestId('filter-tables'));
    expect(screen.getByTestId<HTMLInputElement>('schema-public').indeterminate).toBe(true);
    await user.click(screen.getByTestId('schema-public'));
    expect(screen.getByText('40 of 42 chosen')).toBeTruthy();
    await user.click(screen.getByTestId('schema-public'));
    expect(screen.getByText('0 of 42 chosen')).toBeTruthy();
    await waitFor(() => expect(calls.filter(({ name }) => name === 'backup_references')).toHaveLength(1));
  });
});

describe('along the foreign keys', () => {
  const key = (from: string, to: string, given: Partial<ForeignKeyView> = {}): ForeignKeyView => ({
    name: `${from}_${to}`,
    from,
    fromRows: [from],
    to,
    toRows: [to],
    ...given,
  });

  test('a_loop_ends_and_a_key_to_itself_needs_nothing', () => {
    const keys = [key('a', 'b'), key('b', 'c'), key('c', 'a'), key('c', 'c')];
    expect(alongOf({ keys }, new Set(['a'])).needed).toEqual(['b', 'c']);
    expect(alongOf({ keys: [key('c', 'c')] }, new Set(['c']))).toEqual({
      parents: [],
      children: [],
      needed: [],
    });
  });

  test('of_a_partitioned_table_the_partitions_that_are_not_chosen_are_missing', () => {
    const keys = [key('lines', 'orders', { toRows: ['orders_a', 'orders_b'] })];
    const { parents } = alongOf({ keys }, new Set(['lines', 'orders_a']));
    expect(parents).toEqual([{ to: 'orders', from: ['lines'], missing: ['orders_b'] }]);
  });
});
