import type { LogLine } from '../ipc/bindings';

/** The log as plain text, with the moments in UTC so that others can read it. */
export function logTextOf(lines: readonly LogLine[]): string {
  return lines
    .map((line) =>
      [new Date(line.atMs).toISOString(), line.level.padEnd(7), line.phase.padEnd(10), line.message].join(
        '  ',
      ),
    )
    .join('\n');
}
