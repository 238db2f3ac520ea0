import type { LabelView, LevelView } from '../ipc/bindings';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** What stands where a figure is not known. */
export const UNKNOWN = '–';

/** A size in decimal units: `13.07 GB`, `41 MB`, `512 B`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  const sign = value < 0 ? '−' : '';
  let rest = Math.abs(value);
  let unit = 0;
  while (unit < UNITS.length - 1 && rest >= 999.5) {
    rest /= 1000;
    unit += 1;
  }
  // Gigabytes are what people compare, so they keep their decimals for longer.
  const decimals = unit === 0 || rest >= 100 ? 0 : unit >= 3 ? 2 : rest >= 10 ? 0 : 1;
  return `${sign}${Number(rest.toFixed(decimals))} ${UNITS[unit]}`;
}

/** A count with thousands: `12,480,113`. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : value.toLocaleString('en-GB');
}

/** A count with its noun: `1 table`, `42 tables`. */
export function counted(value: number | null | undefined, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share: `61 %`. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : `${Math.floor(value)} %`;
}

/** An age or a goal: `14 min`, `9 h 02 min`, `31 h`, `2 d 1 h`. */
export function span(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < 2 * DAY) {
    const minutes = Math.floor((whole % HOUR) / MINUTE);
    const hours = `${Math.floor(whole / HOUR)} h`;
    return minutes === 0 ? hours : `${hours} ${String(minutes).padStart(2, '0')} min`;
  }
  const hours = Math.floor((whole % DAY) / HOUR);
  const days = `${count(Math.floor(whole / DAY))} d`;
  return hours === 0 || whole >= 14 * DAY ? days : `${days} ${hours} h`;
}

/** An age in one figure, for narrow places: `31 h`, `2 d`. */
export function shortSpan(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms < 2 * DAY) return span(ms).replace(/ h \d+ min$/, ' h');
  return `${count(Math.floor(ms / DAY))} d`;
}

/** How long something took: `18 ms`, `1.2 s`, `1 min 52 s`, `2 h 05 min`. */
export function elapsed(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) {
    const rest = seconds % 60;
    return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
  }
  return span(seconds * SECOND);
}

/** A time that nobody knows exactly: `10 seconds`, `6 minutes`, `2 h 05 min`. */
export function roughly(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return UNKNOWN;
  if (ms < MINUTE) return counted(Math.max(5, Math.ceil(ms / SECOND / 5) * 5), 'second');
  if (ms < HOUR) return counted(Math.ceil(ms / MINUTE), 'minute');
  return span(ms);
}

/** Time left as a range, never as a countdown: `about 2 to 4 minutes left`. */
export function timeLeft(lowMs: number | null | undefined, highMs: number | null | undefined): string | null {
  if (lowMs === null || lowMs === undefined || highMs === null || highMs === undefined) return null;
  if (highMs < MINUTE) return 'less than a minute left';
  const unit = highMs < 2 * HOUR ? MINUTE : HOUR;
  const name = unit === MINUTE ? 'minute' : 'hour';
  const low = Math.floor(lowMs / unit);
  const high = Math.ceil(highMs / unit);
  if (low < 1) return `at most ${high} ${name}${high === 1 ? '' : 's'} left`;
  return low === high
    ? `about ${high} ${name}${high === 1 ? '' : 's'} left`
    : `about ${low} to ${high} ${name}s left`;
}

/** A rate: `48 MB/s`. */
export function rate(bytesPerSecond: number | null | undefined): string {
  return bytesPerSecond === null || bytesPerSecond === undefined ? UNKNOWN : `${bytes(bytesPerSecond)}/s`;
}

const two = (value: number) => String(value).padStart(2, '0');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Hours and minutes on the user's clock: `09:02`. */
export function clock(ms: number, withSeconds = false): string {
  const date = new Date(ms);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withSeconds ? `${text}:${two(date.getSeconds())}` : text;
}

/** A day: `18 Nov`, with the year when it is another one than now's. */
export function day(ms: number, nowMs = Date.now()): string {
  const date = new Date(ms);
  const text = `${date.getDate()} ${MONTHS[date.getMonth()]}`;
  return date.getFullYear() === new Date(nowMs).getFullYear() ? text : `${text} ${date.getFullYear()}`;
}

/** A day with its year: `21 Nov 2026`. */
export function fullDay(ms: number): string {
  const date = new Date(ms);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** Whole days between two moments on the user's calendar. */
function daysBetween(earlierMs: number, laterMs: number): number {
  return Math.round((startOfDay(new Date(laterMs)) - startOfDay(new Date(earlierMs))) / DAY);
}

/** A day as a heading or in a sentence: `today`, `yesterday`, `18 Nov`. */
export function relativeDay(ms: number, nowMs = Date.now()): string {
  const ago = daysBetween(ms, nowMs);
  if (ago === 0) return 'today';
  if (ago === 1) return 'yesterday';
  if (ago === -1) return 'tomorrow';
  return day(ms, nowMs);
}

/** A moment: `today 09:02`, `yesterday 16:02`, `18 Nov 04:10`. */
export function moment(ms: number | null | undefined, nowMs = Date.now()): string {
  return ms === null || ms === undefined ? UNKNOWN : `${relativeDay(ms, nowMs)} ${clock(ms)}`;
}

/** The exact moment, on the user's clock and in UTC, for the tooltip. */
export function exactMoment(ms: number): string {
  const date = new Date(ms);
  const offset = -date.getTimezoneOffset();
  const zone =
    offset === 0
      ? 'UTC'
      : `UTC${offset < 0 ? '−' : '+'}${Math.floor(Math.abs(offset) / 60)}${offset % 60 === 0 ? '' : `:${two(Math.abs(offset) % 60)}`}`;
  const local = `${fullDay(ms)}, ${clock(ms, true)} ${zone}`;
  return offset === 0
    ? local
    : `${local}; ${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 19)} UTC`;
}

/** The end of a path, which says more than its beginning: `…/Holdfast/Anchor`. */
export function shortPath(path: string, maximum = 30): string {
  if (path.length <= maximum) return path;
  const parts = path.split('/');
  let end = parts.pop() ?? path;
  while (parts.length > 0 && `…/${parts.at(-1)}/${end}`.length <= maximum) end = `${parts.pop()}/${end}`;
  return `…/${end}`;
}

/** A sentence from a message of the contract, which comes in lower case without a full stop. */
export function sentence(message: string): string {
  const text = message.trim();
  if (text === '') return text;
  // An identifier such as `pg_dump` keeps its spelling at the start of a sentence.
  const first = /^[a-z]+(\s|,|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…:]$/.test(first) ? first : `${first}.`;
}

export const LEVEL_WORDS: Record<LevelView, string> = {
  bytes: 'Bytes',
  readable: 'Readable',
  restored: 'Restored',
};
export const LABEL_WORDS: Record<LabelView, string> = {
  production: 'production',
  staging: 'staging',
  development: 'development',
};

/** 0 for nothing proven, 3 for restored. */
export function levelNumber(level: LevelView | null | undefined): 0 | 1 | 2 | 3 {
  if (level === 'bytes') return 1;
  if (level === 'readable') return 2;
  return level === 'restored' ? 3 : 0;
}
