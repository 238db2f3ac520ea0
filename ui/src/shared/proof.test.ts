import { describe, expect, test } from 'vitest';
import type { DayView } from '../ipc/bindings';
import { dayKinds, stripSummary } from './DayStrip';
import { proofMarks, proofWords } from './ProofBadge';
import { gauge } from './RecoveryGauge';

const HOUR = 3_600_000;

describe('the proof badge', () => {
  test('each level has a bar of its own, never one tick for all three', () => {
    expect(proofMarks({ level: null })).toEqual(['open', 'open', 'open']);
    expect(proofMarks({ level: 'readable' })).toEqual(['proven', 'proven', 'open']);
    expect(proofMarks({ level: 'restored' })).toEqual(['proven', 'proven', 'proven']);
  });
  test('a failed level is struck through, an inconclusive one dashed', () => {
    expect(proofMarks({ level: 'readable', last: { level: 'restored', verdict: 'fail' } })).toEqual([
      'proven',
      'proven',
      'failed',
    ]);
    expect(proofMarks({ level: 'bytes', last: { level: 'readable', verdict: 'inconclusive' } })).toEqual([
      'proven',
      'inconclusive',
      'open',
    ]);
  });
  test('the word says the highest level that passed', () => {
    expect(proofWords('restored').word).toBe('Restored');
    expect(proofWords(null).word).toBe('Not yet');
    expect(proofWords(null, { level: 'bytes', verdict: 'fail' }).word).toBe('Fail');
    expect(proofWords(null, { level: 'bytes', verdict: 'inconclusive' }).word).toBe('Not proven');
  });
  test('who does not see the bars hears them', () => {
    expect(proofWords('readable', { level: 'restored', verdict: 'fail' }).spoken).toBe(
      'proof level 2 of 3, restored failed',
    );
  });
});

describe('the recovery gauge', () => {
  test('the goal is at two thirds, so that rows compare', () => {
    expect(gauge(24 * HOUR, 24 * HOUR).share).toBeCloseTo(2 / 3);
    expect(gauge(7 * HOUR, 7 * HOUR).share).toBeCloseTo(2 / 3);
  });
  test('it warns shortly before the goal and turns red past it', () => {
    expect(gauge(12 * HOUR, 24 * HOUR).tone).toBe('ok');
    expect(gauge(23 * HOUR, 24 * HOUR).tone).toBe('warn');
    expect(gauge(25 * HOUR, 24 * HOUR).tone).toBe('danger');
  });
  test('an age of many goals fills the bar and no more', () => {
    expect(gauge(900 * HOUR, HOUR).share).toBe(1);
  });
  test('no recovery point is no age of zero', () => {
    expect(gauge(null, HOUR)).toEqual({ share: 0, tone: 'ok' });
  });
});

describe('the strip of days', () => {
  const day = (backups: number, level = 0, failures = 0): DayView => ({ dayMs: 0, level, backups, failures });
  test('a day without a backup is overdue once the goal has passed by its end', () => {
    expect(dayKinds([day(1, 3), day(0), day(0), day(1, 2)], 24 * HOUR)).toEqual([
      'proven',
      'overdue',
      'overdue',
      'proven',
    ]);
    expect(dayKinds([day(1, 3), day(0), day(0), day(1, 2)], 7 * 24 * HOUR)).toEqual([
      'proven',
      'none',
      'none',
      'proven',
    ]);
  });
  test('nothing is overdue before the first backup, and today is not over', () => {
    expect(dayKinds([day(0), day(0), day(1, 1), day(0)], 24 * HOUR)).toEqual([
      'none',
      'none',
      'proven',
      'none',
    ]);
  });
  test('where the newest point is older than the strip, its days are overdue from the first on', () => {
    const from = 90 * 24 * HOUR;
    const days = [0, 1, 2].map((index) => ({ ...day(0), dayMs: from + index * 24 * HOUR }));
    expect(dayKinds(days, 24 * HOUR, from - 9 * 24 * HOUR)).toEqual(['overdue', 'overdue', 'none']);
    expect(dayKinds(days, 30 * 24 * HOUR, from - 9 * 24 * HOUR)).toEqual(['none', 'none', 'none']);
    expect(dayKinds(days, 24 * HOUR, null)).toEqual(['none', 'none', 'none']);
  });
  test('a backup that nobody proved is not drawn as proven', () => {
    expect(dayKinds([day(1, 0), day(0, 0, 2)], 24 * HOUR)).toEqual(['unproven', 'failed']);
  });
  test('the strip says itself in one sentence', () => {
    const days = [day(1, 3), day(0, 0, 1)];
    expect(stripSummary(days, dayKinds(days, null))).toBe(
      'Last 2 days: 1 day with a backup, 1 day failed or overdue',
    );
  });
});
