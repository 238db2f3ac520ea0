import { describe, expect, test } from 'vitest';

import { BLANK, dayHeading, siftOf } from './backupFilter';

describe('words of the list', () => {
  test('days_are_headings', () => {
    const now = new Date(2026, 10, 21, 11).getTime();
    expect(dayHeading(now - 3_600_000, now)).toBe('Today, 21 November');
    expect(dayHeading(now - 86_400_000, now)).toBe('Yesterday');
    expect(dayHeading(now - 3 * 86_400_000, now)).toMatch(/^Wednesday,? 18 November$/);
  });
  test('a_filter_asks_for_what_was_chosen_and_for_nothing_where_nothing_was', () => {
    expect(siftOf(BLANK)).toBe(null);
    expect(siftOf({ ...BLANK, quick: 'restored' })).toMatchObject({
      proof: 'restored',
      by: null,
      isHeld: false,
    });
    expect(siftOf({ ...BLANK, quick: 'by_hand', text: ' MIGRATION ' })).toMatchObject({
      by: 'person',
      text: 'MIGRATION',
    });
    expect(siftOf({ ...BLANK, quick: 'held', kind: 'pulled', holds: ['storage'] })).toMatchObject({
      isHeld: true,
      kind: 'pulled',
      holds: ['storage'],
    });
    // What is chosen in the fields is more than the quick choice.
    expect(siftOf({ ...BLANK, quick: 'restored', proof: 'failed' })).toMatchObject({ proof: 'failed' });
    // Both days count whole, on the clock of this computer.
    const day = { sinceMs: new Date(2026, 10, 20).getTime(), untilMs: new Date(2026, 10, 22).getTime() };
    expect(siftOf({ ...BLANK, from: '2026-11-20', to: '2026-11-21' })).toMatchObject(day);
  });
});
