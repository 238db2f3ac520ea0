import { expect, test } from 'vitest';

import type { TableToChooseView, TablesToChooseView } from '../../ipc/bindings';
import { choiceOf, choiceWords, draftOf, tableWord } from './tablesDraft';

const table = (schema: string, name: string, more: Partial<TableToChooseView> = {}): TableToChooseView => ({
  schema,
  name,
  rowsEstimated: 1,
  sizeBytes: 1,
  isTaken: true,
  isReadable: true,
  partitionOf: [],
  ...more,
});

const viewOf = (tables: TableToChooseView[], choice: Partial<TablesToChooseView['choice']> = {}) => ({
  choice: { only: [], withoutRows: [], ...choice },
  tables,
  unmatched: [],
});

const TABLES = [
  table('audit', 'log'),
  table('audit', 'sessions'),
  table('public', 'orders'),
  table('public', 'lines'),
];

const without = (view: TablesToChooseView, ...words: string[]) => {
  const draft = draftOf(view);
  return { ...draft, taken: new Set([...draft.taken].filter((word) => !words.includes(word))) };
};

test('a_table_that_comes_later_is_taken_unless_only_chosen_ones_are_and_then_with_its_whole_schema', () => {
  const view = viewOf(TABLES);
  const draft = without(view, 'audit.log', 'audit.sessions', 'public.lines');
  expect(choiceOf(draft, view)).toEqual({
    only: [],
    withoutRows: ['audit.log', 'audit.sessions', 'public.lines'],
  });
  expect(choiceOf({ ...draft, mode: 'chosen' }, view)).toEqual({ only: ['public.orders'], withoutRows: [] });
  const audit = { mode: 'chosen' as const, taken: new Set(['audit.log', 'audit.sessions']) };
  expect(choiceOf(audit, view)).toEqual({ only: ['audit.*'], withoutRows: [] });
});

test('no_word_means_a_partition_elsewhere_that_is_still_ticked', () => {
  const part = table('parts', 'events_1', { partitionOf: ['public.events_2026', 'public.events'] });
  const view = viewOf([...TABLES, part]);
  const chosen = { mode: 'chosen' as const, taken: new Set(['public.orders', 'public.lines']) };
  expect(choiceOf(chosen, view)).toEqual({ only: ['public.orders', 'public.lines'], withoutRows: [] });
  const star = viewOf([table('public', 'a*'), table('public', 'ab')]);
  expect(choiceOf(without(star, 'public.a*'), star)).toEqual({ only: [], withoutRows: [] });
});

test('what_was_chosen_by_a_word_of_before_stays_so_and_goes_with_the_first_table_that_it_means', () => {
  const taken = TABLES.map((one) => ({ ...one, isTaken: one.schema !== 'audit' }));
  const view = viewOf(taken, { withoutRows: ['audit.*', 'archive.*'] });
  expect(choiceOf(draftOf(view), view)).toEqual(view.choice);
  const draft = draftOf(view);
  const more = { ...draft, taken: new Set([...draft.taken, 'audit.log']) };
  expect(choiceOf(more, view)).toEqual({ only: [], withoutRows: ['archive.*', 'audit.sessions'] });
});

test('a_partition_is_meant_by_the_name_of_its_table', () => {
  const parts = ['events_1', 'events_2'].map((name) =>
    table('parts', name, { partitionOf: ['public.events'], isTaken: false }),
  );
  const view = viewOf([...TABLES, ...parts], { withoutRows: ['public.events'] });
  expect(choiceOf(draftOf(view), view)).toEqual(view.choice);
});

test('names_with_dots_and_backslashes_are_written_as_the_command_line_reads_them', () => {
  const odd = table('a.b', 'c\\d.e', { isTaken: false });
  const word = String.raw`a\.b.c\\d\.e`;
  expect(tableWord(odd)).toBe(word);
  const view = viewOf([...TABLES, odd], { withoutRows: [word] });
  expect(choiceOf(draftOf(view), view)).toEqual(view.choice);
});

test('of_ten_thousand_tables_half_are_unticked_without_anybody_waiting', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => table(`s${at % 250}`, `t${at}`));
  const view = viewOf(many);
  const taken = new Set(many.filter((_, at) => at % 2 === 0).map(tableWord));
  const began = performance.now();
  expect(choiceOf({ mode: 'all', taken }, view).withoutRows).toHaveLength(5_000);
  expect(choiceOf({ mode: 'chosen', taken }, view).only.length).toBeLessThanOrEqual(5_000);
  expect(performance.now() - began).toBeLessThan(4_000);
});

test('the_choice_is_said_in_words', () => {
  expect(choiceWords({ only: [], withoutRows: [] })).toBe('the rows of every table');
  expect(choiceWords({ only: [], withoutRows: ['audit.*'] })).toBe('the rows of every table but audit.*');
  expect(choiceWords({ only: ['a.*', 'b.*', 'c.*', 'd.*', 'e.*'], withoutRows: [] })).toBe(
    'the rows of a.*, b.*, c.* and 2 more',
  );
});
