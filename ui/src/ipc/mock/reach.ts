import type { PortableView, VaultKeyView } from '../bindings';
import type { Handlers } from './index';
import { NOW } from './projects';

const DAY = 86_400_000;

export const portables: PortableView[] = [
  {
    id: '9c1d22aa77',
    name: 'shop-2026-11.tar.zst',
    madeAtMs: NOW - 3 * DAY,
    sizeBytes: 48_000_000,
    gone: null,
    isInVault: true,
  },
  {
    id: '1f00be41c2',
    name: 'logs.tar',
    madeAtMs: NOW - 40 * DAY,
    sizeBytes: 1_200_000,
    gone: 'Telegram does not know it any more',
    isInVault: false,
  },
];

/** Keys, what a chat keeps, what a database notes: each keeps what was done to it. */
export function reachOf(): Pick<
  Handlers,
  | 'vault_keys'
  | 'vault_key_add'
  | 'vault_key_revoke'
  | 'portable_list'
  | 'portable_send'
  | 'portable_fetch'
  | 'portable_delete'
  | 'noted_state'
  | 'noted_list'
  | 'noted_start'
  | 'noted_record'
  | 'noted_record_drills'
  | 'noted_test'
  | 'noted_changes'
> {
  let keys: VaultKeyView[] = [
    {
      id: '7a10c4d2e0',
      shortId: '7a10c4d2',
      name: 'anna',
      host: 'anna-laptop',
      createdAtMs: NOW - 300 * DAY,
      isInUse: true,
    },
  ];
  let noted = { isKnown: false, recordsDrills: false };
  return {
    vault_keys: () => keys,
    vault_key_add: ({ name, useHere }) => {
      const key = {
        id: 'b2c3d4e5f6',
        shortId: 'b2c3d4e5',
        name,
        host: 'anna-laptop',
        createdAtMs: NOW,
        isInUse: useHere,
      };
      keys = [...keys.map((known) => ({ ...known, isInUse: known.isInUse && !useHere })), key];
      return key;
    },
    vault_key_revoke: ({ key }) => {
      keys = keys.filter(({ id }) => id !== key);
      return {};
    },
    portable_list: () => portables,
    portable_send: () => ({ jobId: 'j-running' }),
    portable_fetch: () => ({ jobId: 'j-running' }),
    portable_delete: () => [],
    noted_state: () => noted,
    noted_list: () => {
      noted = { ...noted, isKnown: true };
      return [
        {
          id: 'manual_20261101_0d1e',
          kind: 'manual',
          reason: 'before the upgrade',
          startedAtMs: NOW - 2 * DAY,
          status: 'in_progress',
          notes: [],
        },
      ];
    },
    noted_start: () => ({
      id: 'manual_20261121_77aa',
      kind: 'manual',
      reason: null,
      startedAtMs: null,
      status: 'in_progress',
      notes: ['it is a mark in the database’s log, and no copy of anything'],
    }),
    noted_record: () => ['1', '2'],
    noted_record_drills: ({ isOn }) => {
      noted = { isKnown: true, recordsDrills: isOn };
      return {};
    },
    noted_test: () => ({ jobId: 'j-running' }),
    noted_changes: () => ({
      sinceMs: NOW - DAY,
      isCut: false,
      words: '7 rows in 1 table changed since, as the database tracks it',
      tables: [{ table: 'orders', inserted: 4, updated: 2, deleted: 1, other: 0, lastAtMs: NOW - 3_600_000 }],
    }),
  };
}
