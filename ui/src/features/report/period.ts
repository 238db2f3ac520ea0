export type Period = { from: string; to: string };

const two = (value: number) => String(value).padStart(2, '0');
const day = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** The last quarter that is over, its first and last day. */
export function lastQuarter(now: Date): Period {
  const begun = Math.floor(now.getMonth() / 3) * 3;
  return {
    from: day(new Date(now.getFullYear(), begun - 3, 1)),
    to: day(new Date(now.getFullYear(), begun, 0)),
  };
}

/** The quarter that goes on, until today. */
export function thisQuarter(now: Date): Period {
  return { from: day(new Date(now.getFullYear(), Math.floor(now.getMonth() / 3) * 3, 1)), to: day(now) };
}

/** The last twelve months until today. */
export function lastYear(now: Date): Period {
  return { from: day(new Date(now.getFullYear() - 1, now.getMonth(), now.getDate() + 1)), to: day(now) };
}

/** Both days are within: from the beginning of the one to the end of the other, by the clock of this computer. */
export function momentsOf({ from, to }: Period): { fromMs: number; untilMs: number } | null {
  const first = new Date(`${from}T00:00:00`);
  const last = new Date(`${to}T00:00:00`);
  if (Number.isNaN(first.getTime()) || Number.isNaN(last.getTime()) || last < first) return null;
  last.setDate(last.getDate() + 1);
  return { fromMs: first.getTime(), untilMs: last.getTime() };
}
