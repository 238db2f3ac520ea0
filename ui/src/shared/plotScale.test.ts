import { describe, expect, test } from 'vitest';

import { pathOf, scaleOf, ticksOf, timeTicksOf } from './plotScale';

describe('scale of a plot', () => {
  test('a_value_in_the_middle_stands_in_the_middle', () => {
    expect(scaleOf(0, 10, 100, 0)(5)).toBe(50);
  });
  test('a_range_of_one_value_stands_in_the_middle', () => {
    expect(scaleOf(7, 7, 0, 80)(7)).toBe(40);
  });
  test('grid_lines_are_round_and_enclose_the_values', () => {
    expect(ticksOf(9.1, 13.1)).toEqual([8, 10, 12, 14]);
  });
  test('a_flat_line_still_has_a_grid', () => {
    const ticks = ticksOf(500, 500);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks[0]).toBeLessThanOrEqual(500);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(500);
  });
  test('nothing_at_all_still_has_a_grid', () => {
    expect(ticksOf(0, 0).length).toBeGreaterThan(1);
  });
  test('days_below_the_plot_begin_and_end_with_its_ends', () => {
    expect(timeTicksOf(0, 100, 5)).toEqual([0, 25, 50, 75, 100]);
  });
  test('a_path_begins_with_a_move', () => {
    expect(
      pathOf([
        [0, 1],
        [2, 3],
      ]),
    ).toBe('M0.0,1.0L2.0,3.0');
  });
});
