import type { RestoreRow, RestoreStandingView } from '../bindings';
import { NOW } from './projects';
import { BEFORE } from './restores';

const HOUR = 3_600_000;

const restore = (given: Partial<RestoreRow> & { id: string }): RestoreRow => ({
  backupId: 'b-shop-prod',
  project: 'shop-prod',
  strategy: 'swap',
  database: 'shop',
  target: 'Postgres 15.8 at db.shop.example:5432',
  state: 'done',
  verdict: 'pass',
  safetyBackupId: 'b-8c04d201',
  momentMs: NOW - 3 * HOUR,
  atMs: NOW - HOUR,
  ...given,
});

export const restores: RestoreRow[] = [
  restore({ id: 'j-restored' }),
  restore({ id: 'j-tables', strategy: 'tables', atMs: NOW - 26 * HOUR, momentMs: NOW - 30 * HOUR }),
  restore({
    id: 'j-scratch',
    strategy: 'scratch',
    target: 'a private Postgres 15.10 on this computer',
    safetyBackupId: null,
    atMs: NOW - 50 * HOUR,
    momentMs: NOW - 51 * HOUR,
  }),
  restore({ id: 'j-undone', state: 'undone', atMs: NOW - 74 * HOUR, momentMs: NOW - 80 * HOUR }),
  restore({
    id: 'j-broken',
    state: 'failed',
    verdict: null,
    atMs: NOW - 98 * HOUR,
    momentMs: NOW - 99 * HOUR,
  }),
];

export function standingOf(id: string): RestoreStandingView {
  const row = restores.find((one) => one.id === id) ?? restore({ id });
  const done = row.state === 'done';
  return {
    restore: row,
    sentence: done ? `shop is the restored one; the old one is ${BEFORE}.` : 'shop is as it was.',
    next: done
      ? `Undo it with \`holdfast restore undo ${id}\`, or drop the old one with \`holdfast restore discard ${id}\`.`
      : 'Plan the restore again.',
    canUndo: done && row.strategy !== 'scratch',
    canDiscard: done && row.strategy === 'swap',
    steps: [],
  };
}
