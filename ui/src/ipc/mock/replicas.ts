import type { AddReplica, DeclaredView, ReplicaView } from '../bindings';
import { fail, type Handlers } from './index';
import { NOW, vault } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const replica = (given: Partial<ReplicaView> & Pick<ReplicaView, 'id' | 'name' | 'path'>): ReplicaView => ({
  isElsewhere: given.declared?.isElsewhere === true,
  declared: null,
  medium: 'a disk that can be taken away',
  isSameDisk: false,
  state: 'current',
  words: 'It has 412 backups: all that there are.',
  backups: vault.backups,
  waiting: 0,
  onlyHere: 0,
  copiedAtMs: NOW - 9 * HOUR,
  checkedAtMs: NOW - 9 * HOUR + 14 * MINUTE,
  freeBytes: 1_840_000_000_000,
  problem: null,
  ...given,
});

/** The usual two: one that is current, one that is elsewhere and behind. */
export const replicas: ReplicaView[] = [
  replica({ id: 'r-archive', name: 'Archive disk', path: '/media/archive/Holdfast/Anchor' }),
  replica({
    id: 'r-nas',
    name: 'Office NAS',
    path: '/mnt/office-nas/backups/Anchor',
    declared: { isElsewhere: true, atMs: NOW - 19 * DAY, by: 'anna' },
    medium: 'the server office-nas',
    state: 'behind',
    words: 'It has 409 backups; 3 backups not copied yet.',
    backups: 409,
    waiting: 3,
    copiedAtMs: NOW - 33 * HOUR,
    checkedAtMs: NOW - 9 * DAY,
    freeBytes: 640_000_000_000,
  }),
];

/** What else a replica can come to. */
const troubled: ReplicaView[] = [
  replica({
    id: 'r-cupboard',
    name: 'Cupboard',
    path: '/media/cupboard/Anchor',
    onlyHere: 2,
  }),
  replica({
    id: 'r-long',
    name: 'The share of the northern warehouses, in the cellar of the second building',
    path: '/mnt/a-rather-long-name-of-a-file-server.of-some-department.of-a-company.example/shares/northern-warehouses/holdfast/replicas/Anchor',
    declared: { isElsewhere: true, atMs: NOW - 219 * DAY, by: 'a-person-with-a-long-name' },
    state: 'failed',
    words: 'It has 400 backups; 12 backups not copied yet. The last copy did not work.',
    backups: 400,
    waiting: 12,
    copiedAtMs: NOW - 6 * DAY,
    checkedAtMs: NOW - 6 * DAY + 40 * MINUTE,
    freeBytes: 0,
    problem:
      'the disk of /mnt/a-rather-long-name-of-a-file-server.of-some-department.of-a-company.example is full',
  }),
  replica({
    id: 'r-stick',
    name: 'Travel stick',
    path: '/media/anna/stick/Anchor',
    state: 'away',
    words: 'It has 380 backups; 32 backups not copied yet. It is not connected.',
    backups: 380,
    waiting: 32,
    copiedAtMs: NOW - 21 * DAY,
    checkedAtMs: null,
    freeBytes: null,
  }),
];

const folderName = (path: string) => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

export function replicasOf(
  scenario: string,
): Pick<
  Handlers,
  | 'replica_list'
  | 'replica_add'
  | 'replica_test'
  | 'replica_copy'
  | 'replica_remove'
  | 'place_declare'
  | 'vault_place'
> {
  let kept = structuredClone(
    scenario === 'empty' ? [] : scenario === 'long' ? [...replicas, ...troubled] : replicas,
  );
  let ofVault: DeclaredView | null = null;
  const add = ({ path, name, isElsewhere }: AddReplica): ReplicaView => {
    const called = name ?? folderName(path);
    if (path.startsWith('/full'))
      fail({
        code: 'folder_not_empty',
        message: `the directory ${path} is not empty`,
        hint: 'Choose an empty folder, or a new one.',
      });
    if (kept.some((one) => one.name === called))
      fail({
        code: 'invalid_request',
        message: `there is already a replica with the name ${called}`,
        hint: 'Choose another name.',
      });
    const made = replica({
      id: `r-${called}`,
      name: called,
      path,
      declared: isElsewhere === true ? { isElsewhere, atMs: NOW, by: 'anna' } : null,
      isSameDisk: path.startsWith('/media/work-ssd/'),
      state: 'never',
      words: 'Nothing was copied to it yet.',
      backups: 0,
      waiting: vault.backups,
      copiedAtMs: null,
      checkedAtMs: null,
    });
    kept = [...kept, made];
    return made;
  };
  const copied = (one: ReplicaView): ReplicaView => ({
    ...one,
    state: 'current',
    words: 'It has 412 backups: all that there are.',
    backups: vault.backups,
    waiting: 0,
    copiedAtMs: NOW,
    checkedAtMs: NOW,
    problem: null,
  });
  return {
    replica_list: () =>
      scenario === 'damaged'
        ? fail({
            code: 'catalog_failed',
            message: 'the catalogue of this profile could not be read',
            hint: 'Rebuild it from the vault.',
            retry: 'now',
          })
        : structuredClone(kept),
    replica_add: add,
    replica_copy: ({ replica: reference }) => {
      const isMeant = (one: ReplicaView) =>
        reference === null ? one.state !== 'away' : one.id === reference || one.name === reference;
      const missing = kept.find((one) => isMeant(one) && one.state === 'away');
      if (missing)
        fail({
          code: 'replica_gone',
          message: `the replica “${missing.name}” is not in ${missing.path}; its disk may not be connected`,
          hint: 'Plug in the disk or mount the folder, then copy again. What was copied is not copied again.',
          retry: 'now',
        });
      kept = kept.map((one) => (isMeant(one) ? copied(one) : one));
      return { jobId: 'j-running' };
    },
    replica_test: ({ replica: reference }) =>
      kept.find((one) => one.id === reference || one.name === reference) ??
      fail({
        code: 'replica_not_found',
        message: `there is no replica "${reference}"`,
        hint: 'List what there is with `holdfast store list`.',
      }),
    vault_place: () => ({ declared: ofVault }),
    place_declare: ({ replica: reference, isElsewhere }) => {
      const declared = isElsewhere === null ? null : { isElsewhere, atMs: NOW, by: 'anna' };
      if (reference === null) ofVault = declared;
      kept = kept.map((one) =>
        one.id === reference ? { ...one, declared, isElsewhere: isElsewhere === true } : one,
      );
      return {};
    },
    replica_remove: ({ replica: reference }) => {
      kept = kept.filter((one) => one.id !== reference && one.name !== reference);
      return {};
    },
  };
}
