import { describe, expect, test } from 'vitest';

import { planOf } from '../../ipc/mock/restores';
import { backups } from '../../ipc/mock/backups';
import { blankDraft, missing, proposedName, requestOf, saferWay } from './draft';
import { barsOf, candidatesOf, fieldOf, newestFirst, parsedMoment, ticksIn } from './moments';
import { byLoss, isChanged, previewSentence } from './planWords';

const draft = blankDraft('shop-prod');
const swap = planOf({ backup: 'b', target: { kind: 'swap', project: null, keepDays: null } });

describe('draft of a restore', () => {
  test('the_default_needs_nothing_more_and_touches_nothing', () => {
    expect(missing(draft)).toBeNull();
    expect(requestOf(draft, [])).toEqual({ kind: 'scratch' });
  });
  test('a_name_that_postgres_would_cut_is_refused', () => {
    expect(missing({ ...draft, place: 'own_server', name: 'x'.repeat(64) })).toContain('63 bytes');
    expect(proposedName('x'.repeat(90)).length).toBeLessThanOrEqual(63);
  });
  test('a_project_name_becomes_a_name_of_a_database', () => {
    expect(proposedName('Shop prod (EU)')).toBe('shop_prod_eu_restored');
  });
  test('a_project_that_is_gone_needs_another_target', () => {
    expect(missing({ ...draft, place: 'swap' }, true)).toContain('Choose the project');
    expect(missing({ ...draft, place: 'swap', into: 'p-other' }, true)).toBeNull();
  });
});

describe('safer way', () => {
  test('names_the_tables_whose_rows_are_missing_most_first', () => {
    expect(saferWay(swap)).toEqual({
      tables: ['public.addresses', 'public.customers', 'public.carts'],
      rows: 2927,
      words:
        'Insert 1,290 rows of addresses, 1,235 rows of customers and 402 rows of carts. No newer row is touched. 1 table compared by counts alone is left out.',
    });
  });
  test('promises_no_number_where_counts_alone_were_compared', () => {
    const tables = swap.tables.map((table) => ({
      ...table,
      rowsBack: 0,
      rowsChanged: table.act === 'replace' ? null : 0,
    }));
    expect(saferWay({ ...swap, tables })?.rows).toBeNull();
  });
  test('is_not_offered_where_nothing_is_missing_nothing_is_lost_or_for_an_undo', () => {
    expect(
      saferWay({ ...swap, tables: swap.tables.map((table) => ({ ...table, rowsBack: 0, rowsChanged: 0 })) }),
    ).toBeNull();
    expect(saferWay({ ...swap, rowsLost: 0 })).toBeNull();
    expect(saferWay({ ...swap, restoreId: 'j-1' })).toBeNull();
  });
});

describe('words of a plan', () => {
  test('a_figure_that_goes_by_counts_says_about', () => {
    expect(previewSentence(swap)).toBe('About 12,670 newer rows would be lost.');
    expect(previewSentence({ ...swap, isEstimate: false, rowsLost: 1 })).toBe('1 newer row would be lost.');
    const tables = swap.tables.map((table) => ({
      ...table,
      rowsNow: table.rows,
      rowsChanged: null,
      isEstimate: false,
    }));
    expect(previewSentence({ ...swap, tables })).toBe('12,670 newer rows would be lost.');
    expect(previewSentence({ ...swap, rowsLost: 0 })).toBe(
      '41 tables would be replaced, and by their counts no row is lost.',
    );
  });
  test('tables_that_are_made_are_told_from_those_that_are_replaced', () => {
    const made = (tables: typeof swap.tables) =>
      previewSentence({
        ...swap,
        strategy: 'tables',
        mode: 'replace',
        tables,
        rowsLost: 0,
        isEstimate: false,
      });
    const some = swap.tables.slice(0, 3);
    const anew = some.map((table) => ({ ...table, act: 'create' as const }));
    expect(made(anew)).toBe('3 tables would be created, no row is lost.');
    expect(made([...anew, { ...some[0]!, act: 'replace' as const }])).toBe(
      '1 table would be replaced and 3 created, no row is lost.',
    );
  });
  test('most_loss_stands_first_and_equal_tables_count_as_unchanged', () => {
    expect(swap.tables.toSorted(byLoss)[0]?.name).toBe('events');
    expect(swap.tables.filter(isChanged)).toHaveLength(9);
  });
});

describe('moments', () => {
  const rows = newestFirst(backups);
  test('the_same_backup_is_one_row_with_all_its_reasons', () => {
    const newest = rows[1];
    if (!newest) throw new Error('no backup');
    const found = candidatesOf(rows, newest.atMs + 1000, newest.id);
    expect(found).toHaveLength(1);
    expect(found[0]?.reasons).toEqual([
      'The newest verified moment.',
      'Closest to the damage.',
      'The newest moment that a restore has brought back.',
    ]);
  });
  test('a_choice_after_the_damage_stays_in_sight_and_is_named', () => {
    const first = rows[0];
    const found = candidatesOf(rows, (rows[2]?.atMs ?? 0) + 1000, first?.id ?? '');
    expect(found[0]?.reasons).toEqual(['Chosen by you; it is after the damage.']);
  });
  test('backups_upon_each_other_are_one_bar_as_high_as_the_best', () => {
    const at = (atMs: number, level: 'bytes' | 'restored') => ({
      ...(backups[0] as (typeof backups)[0]),
      id: `${atMs}`,
      atMs,
      level,
    });
    expect(
      barsOf([at(50, 'bytes'), at(51, 'restored'), at(500, 'bytes')], 0, 1000, 100, 5).map(
        (bar) => bar.level,
      ),
    ).toEqual([3, 1]);
  });
  test('ticks_stand_on_whole_hours_and_apart', () => {
    const from = new Date(2026, 10, 20, 17, 20).getTime();
    const ticks = ticksIn(from, from + 18 * 3_600_000, 900, 90);
    expect(ticks.every((tick) => new Date(tick).getMinutes() === 0)).toBe(true);
    expect(ticks.length).toBeGreaterThan(4);
    expect(ticks.length).toBeLessThanOrEqual(10);
  });
  test('a_time_that_is_typed_is_read_on_the_clock_of_the_user', () => {
    const now = new Date(2026, 10, 21, 16, 0).getTime();
    const at = new Date(2026, 10, 21, 10, 43).getTime();
    expect(parsedMoment('10:43', now)).toBe(at);
    expect(parsedMoment(fieldOf(at), now)).toBe(at);
    expect(parsedMoment('2026-11-20 10:43:30', now)).toBe(new Date(2026, 10, 20, 10, 43, 30).getTime());
  });
  test.each(['', '10', '25:00', '10:61', '2026-02-31 10:00', '17:00', 'yesterday'])(
    '%s_is_no_time_that_has_been',
    (text) => {
      expect(parsedMoment(text, new Date(2026, 10, 21, 16, 0).getTime())).toBeNull();
    },
  );
});
