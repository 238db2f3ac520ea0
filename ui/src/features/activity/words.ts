import type { JobRow, JobStateView } from '../../ipc/bindings';

export type Shown = 'all' | 'trouble' | 'done';

export const STATE_WORDS: Record<JobStateView, string> = {
  queued: 'Waits',
  running: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
};

export const isLive = (row: JobRow): boolean => row.state === 'running' || row.state === 'queued';

/** Whether a finished run belongs to what is asked for. */
export function belongs(row: JobRow, shown: Shown): boolean {
  if (shown === 'all') return true;
  return shown === 'done'
    ? row.state === 'succeeded'
    : row.state === 'failed' || row.state === 'interrupted' || row.state === 'cancelled';
}

const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const inWords = (value: number) => NUMBERS[value] ?? String(value);
const sentenceOf = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** The answer of the page: `Two runs go on, one waits.` */
export function heroSentence(rows: readonly JobRow[]): string {
  if (rows.length === 0) return 'Nothing has run yet.';
  const running = rows.filter((row) => row.state === 'running').length;
  const waiting = rows.filter((row) => row.state === 'queued').length;
  const waits = `${inWords(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`;
  if (running > 0)
    return sentenceOf(
      `${inWords(running)} ${running === 1 ? 'run goes' : 'runs go'} on${waiting > 0 ? `, ${waits}` : ''}`,
    );
  if (waiting > 0) return sentenceOf(waits.replace(' ', waiting === 1 ? ' run ' : ' runs '));
  return rows[0]?.state === 'failed' ? 'Nothing runs. The last run failed.' : 'Nothing runs.';
}

const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

/** Heading of a day in the list. */
export function dayHeading(atMs: number, nowMs: number = Date.now()): string {
  const day = (ms: number) => new Date(ms).toDateString();
  if (day(atMs) === day(nowMs)) return 'Today';
  if (day(atMs) === day(nowMs - 86_400_000)) return 'Yesterday';
  return DAY.format(atMs)
    .replace(` ${new Date(nowMs).getFullYear()}`, '')
    .replace(/^(\w+) /, '$1, ');
}
