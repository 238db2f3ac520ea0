// How the tools say durations.

/** Seconds as a person says them: `0.4 s`, `12 s`, `4 min 5 s`. */
export function span(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
