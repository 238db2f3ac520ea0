import { describe, expect, test } from 'vitest';
import {
  bytes,
  count,
  counted,
  elapsed,
  exactMoment,
  moment,
  percent,
  sentence,
  shortPath,
  shortSpan,
  span,
  timeLeft,
} from './format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('figures', () => {
  test('a size has a decimal unit after a space', () => {
    expect(
      [0, 512, 41_000_000, 8_400_000, 13_070_000_000, 13_100_000_000, 412_400_000_000, 999_600_000].map(
        bytes,
      ),
    ).toEqual(['0 B', '512 B', '41 MB', '8.4 MB', '13.07 GB', '13.1 GB', '412 GB', '1 GB']);
  });
  test('a figure that is not known is a dash, never a zero', () => {
    expect([bytes(null), count(undefined), span(null), percent(null), elapsed(null), moment(null)]).toEqual([
      '–',
      '–',
      '–',
      '–',
      '–',
      '–',
    ]);
  });
  test('a count has thousands and its noun', () => {
    expect(count(12_480_113)).toBe('12,480,113');
    expect([counted(1, 'table'), counted(42, 'table')]).toEqual(['1 table', '42 tables']);
  });
  test('100 per cent is only said when all of it is done', () => {
    expect(percent(99.9)).toBe('99 %');
  });
});

describe('spans', () => {
  test('an age names hours and minutes, and days from the second day on', () => {
    expect([14 * MINUTE, 9 * HOUR + 2 * MINUTE, 31 * HOUR, 2 * DAY + HOUR, 7 * DAY].map(span)).toEqual([
      '14 min',
      '9 h 02 min',
      '31 h',
      '2 d 1 h',
      '7 d',
    ]);
  });
  test('an age in a narrow place has one figure', () => {
    expect([14 * MINUTE, 9 * HOUR + 2 * MINUTE, 31 * HOUR, 2 * DAY + HOUR].map(shortSpan)).toEqual([
      '14 min',
      '9 h',
      '31 h',
      '2 d',
    ]);
  });
  test('what was measured is exact', () => {
    expect([18, 310, 1200, 112_000, 12 * MINUTE, 2 * HOUR + 5 * MINUTE].map(elapsed)).toEqual([
      '18 ms',
      '0.3 s',
      '1.2 s',
      '1 min 52 s',
      '12 min',
      '2 h 05 min',
    ]);
  });
  test('the time left is a range, never a countdown', () => {
    expect(timeLeft(2 * MINUTE, 4 * MINUTE)).toBe('about 2 to 4 minutes left');
    expect(timeLeft(10_000, 30_000)).toBe('less than a minute left');
    expect(timeLeft(null, null)).toBeNull();
  });
});

describe('moments', () => {
  const now = new Date(2026, 10, 21, 12, 0).getTime();
  test('a moment is on the clock of the user', () => {
    expect(moment(new Date(2026, 10, 21, 9, 2).getTime(), now)).toBe('today 09:02');
    expect(moment(new Date(2026, 10, 20, 16, 2).getTime(), now)).toBe('yesterday 16:02');
    expect(moment(new Date(2026, 10, 18, 4, 10).getTime(), now)).toBe('18 Nov 04:10');
    expect(moment(new Date(2025, 10, 18, 4, 10).getTime(), now)).toBe('18 Nov 2025 04:10');
  });
  test('the exact moment names UTC', () => {
    expect(exactMoment(now)).toContain('UTC');
  });
});

describe('words', () => {
  test('a message of the contract becomes a sentence', () => {
    expect(sentence('the server refused the password')).toBe('The server refused the password.');
    expect(sentence('pg_dump 15 is missing')).toBe('pg_dump 15 is missing.');
  });
  test('a long path keeps its end', () => {
    expect(shortPath('/media/work-ssd/Holdfast/Anchor')).toBe('…/work-ssd/Holdfast/Anchor');
    expect(shortPath('/srv/vault')).toBe('/srv/vault');
  });
});
