const MINUTE = 60_000;

export const UNITS = { minutes: MINUTE, hours: 60 * MINUTE, days: 24 * 60 * MINUTE } as const;
export type Unit = keyof typeof UNITS;

/** What may take longer is no goal. */
const GOAL_MS_MAX = 365 * UNITS.days;

/** A typed goal in milliseconds; absent where it is none that the engine takes. */
export function goalOf(text: string, unit: Unit): number | null {
  if (!/^\d{1,6}$/.test(text.trim())) return null;
  const ms = Number(text) * UNITS[unit];
  return ms >= MINUTE && ms <= GOAL_MS_MAX ? ms : null;
}
