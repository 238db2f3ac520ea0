import type { LadderView, RungView } from '../../ipc/bindings';
import type { ShownRung } from '../../shared/Ladder';

type Expected = { id: string; title: string; message: string };

/** Below the others, where the database is reached by way of an SSH server. */
const SSH: Expected = { id: 'ssh', title: 'SSH', message: 'the server’s key, and yours' };

/** The rungs in their order, with what each looks at. */
const EXPECTED: readonly Expected[] = [
  { id: 'name', title: 'Name', message: 'addresses of the host' },
  { id: 'connection', title: 'Connection', message: 'a way to the server' },
  { id: 'tls', title: 'TLS', message: 'certificate and host name' },
  { id: 'sign_in', title: 'Sign-in', message: 'user and password' },
  { id: 'version', title: 'Version', message: 'server and the client tool for it' },
  { id: 'rights', title: 'Rights', message: 'each schema, read only is enough' },
  { id: 'size', title: 'Size', message: 'for the estimate' },
  { id: 'clock', title: 'Clock', message: 'for the recovery point' },
  { id: 'tools', title: 'Tools', message: 'server programs for drills' },
];

/** The ladder so far: what arrived, the rung that is being tried, and those that wait. */
export function shownRungs(arrived: readonly RungView[], isTesting: boolean, isBySsh = false): ShownRung[] {
  const byId = new Map(arrived.map((rung) => [rung.id, rung]));
  const all = isBySsh || byId.has(SSH.id) ? [SSH, ...EXPECTED] : EXPECTED;
  const known = new Set(all.map((rung) => rung.id));
  const hasFailed = arrived.some((rung) => rung.state === 'failed');
  let isNext = isTesting && !hasFailed;
  const rungs = all.map((expected): ShownRung => {
    const rung = byId.get(expected.id);
    if (rung !== undefined) return rung;
    const state = isNext ? 'running' : 'waiting';
    isNext = false;
    return { ...expected, state };
  });
  return [...rungs, ...arrived.filter((rung) => !known.has(rung.id))];
}

export type Summary = { state: 'idle' | 'running' | 'ok' | 'warn' | 'danger'; words: string };

/** The climb in a few words: `stopped at 2 of 9`. */
export function ladderSummary(rungs: readonly ShownRung[], isTesting: boolean, isStale: boolean): Summary {
  const total = rungs.length;
  const failed = rungs.findIndex((rung) => rung.state === 'failed');
  const done = rungs.filter((rung) => rung.state === 'passed' || rung.state === 'warned').length;
  if (isTesting && failed < 0)
    return { state: 'running', words: `testing ${Math.min(done + 1, total)} of ${total}` };
  if (done === 0 && failed < 0) return { state: 'idle', words: 'not tested yet' };
  if (isStale) return { state: 'idle', words: 'changed since the test' };
  if (failed >= 0) return { state: 'danger', words: `stopped at ${failed + 1} of ${total}` };
  const warned = rungs.filter((rung) => rung.state === 'warned').length;
  if (warned > 0) return { state: 'warn', words: `passed, ${warned} to look at` };
  return { state: 'ok', words: `passed ${done} of ${total}` };
}

/** What the ladder found, for the receipt: `PostgreSQL 15.8`. */
export function foundServer(ladder: LadderView): string {
  return ladder.serverVersion === null ? 'passed' : `Postgres ${ladder.serverVersion}`;
}
