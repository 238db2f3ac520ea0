import { describe, expect, test } from 'vitest';

import type { GrowthPoint } from '../../ipc/bindings';
import { growthOf } from './growth';
import { growthSentence, oddWords } from './GrowthPanel';

const DAY = 86_400_000;
const line = (count: number, odd: Record<number, number> = {}): GrowthPoint[] =>
  Array.from({ length: count }, (_, index) => ({
    backupId: `b-${index}`,
    atMs: index * DAY,
    sizeBytes: odd[index] ?? 10_000_000_000 + index * 60_000_000,
    addedBytes: 40_000_000,
  }));

describe('growth of backups', () => {
  test('one_size_far_off_is_named_and_does_not_bend_the_trend', () => {
    const growth = growthOf(line(60, { 50: 9_000_000_000 }));
    expect(growth.odd).toBe(1);
    expect(growth.perMonth).toBeCloseTo(1_800_000_000, -6);
    expect(oddWords(growth.points[50] ?? growth.points[0]!)).toContain('% smaller than expected');
    expect(growthSentence(growth)).toBe('grows 1.8 GB a month, as expected but for one');
  });
  test('a_few_points_have_no_trend', () => {
    const growth = growthOf(line(3));
    expect(growth.perMonth).toBeUndefined();
    expect(growthSentence(growth)).toBe('3 backups');
  });
  test('one_point_is_a_sentence_instead_of_a_plot', () => {
    expect(growthSentence(growthOf(line(1)))).toBe('one backup so far; a second makes a line');
  });
  test('a_year_of_hourly_backups_is_read_at_once', () => {
    const before = performance.now();
    growthOf(line(9000));
    expect(performance.now() - before).toBeLessThan(1500);
  });
});
