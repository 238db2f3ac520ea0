import type { ExportTarget } from '../bindings';
import { backups, backupView, growth } from './backups';
import { diffOf } from './compare';
import { fail, type Handlers } from './index';
import { NOW } from './projects';
import { referencesOf } from './references';
import { coverageOf, standingOfProof } from './rolling';
import { pageOf, spaceOf, sumsOf } from './sifted';
import { notTaken } from './tables';

type Commands = Pick<
  Handlers,
  | 'backup_plan'
  | 'backup_start'
  | 'backup_list'
  | 'backup_sums'
  | 'backup_space'
  | 'backup_show'
  | 'backup_coverage'
  | 'proof_standing'
  | 'backup_diff'
  | 'backup_references'
  | 'backup_growth'
  | 'backup_deletion_plan'
  | 'backup_delete'
  | 'backup_export'
  | 'backup_save'
>;

/** A file that is there stays, unless it is to be replaced. */
const leaving = (to: ExportTarget) =>
  to.path.includes('/taken/') && !to.replace
    ? fail({
        code: 'file_exists',
        message: `${to.path} exists`,
        hint: 'Choose another name; on the command line `--replace` takes its place. Nothing was written.',
      })
    : { jobId: 'j-exported' };

/** Making backups, listing, showing, comparing and removing them. */
export function backupsOf(scenario: string): Commands {
  return {
    backup_plan: ({ project, only = [] }) => {
      const takes = (component: string) => only.length === 0 || only.includes(component);
      const hasDatabase = takes('database');
      return {
        project,
        origin: hasDatabase ? 'shop at db.shop.example:5432' : 'folder /srv/shop/uploads',
        destination: 'vault “Anchor”',
        serverVersion: hasDatabase ? '15.8' : null,
        toolVersion: hasDatabase ? '15.10' : null,
        tables: hasDatabase ? 42 : 0,
        databaseBytes: hasDatabase ? 13_100_000_000 : 0,
        freeBytes: 412_000_000_000,
        newTables: hasDatabase ? ['vat_rates'] : [],
        goneTables: [],
        leftOut: hasDatabase && scenario === 'whole' ? ['audit.log', 'audit.sessions'] : [],
        parts: [
          ...(takes('storage') ? ['stored files: folder /srv/shop/uploads'] : []),
          ...(takes('redis') ? ['Redis: Redis at cache.shop.example:6379'] : []),
        ],
        warnings: [],
      };
    },
    backup_start: () => ({ jobId: 'j-running' }),
    backup_list: (asked) => pageOf(backups, asked),
    backup_sums: ({ sift }) => sumsOf(backups, sift),
    backup_space: ({ sift }) => spaceOf(backups, sift),
    backup_show: ({ backup }) => ({
      ...backupView(
        backups.find((row) => row.id === backup || row.shortId === backup) ??
          backups[0] ??
          fail({ code: 'backup_not_found', message: 'there is no such backup' }),
        scenario === 'tables' ? 10_000 : 42,
        scenario,
      ),
      notTaken: scenario === 'whole' ? notTaken : null,
    }),
    backup_coverage: ({ backup }) => coverageOf(backup, scenario),
    proof_standing: ({ backups: wanted }) =>
      backups.filter((row) => wanted.includes(row.id)).map(standingOfProof),
    backup_diff: ({ one, other }) => {
      const row = (id: string) =>
        backups.find((each) => each.id === id || each.shortId === id) ??
        fail({
          code: 'backup_not_found',
          message: `there is no backup "${id}"`,
          hint: 'List what there is with `holdfast backup list`.',
        });
      const [first, second] = [row(one), row(other)].toSorted((a, b) => a.atMs - b.atMs);
      return diffOf(first!, second!, scenario);
    },
    backup_references: () => referencesOf(scenario),
    backup_growth: () => growth,
    backup_deletion_plan: ({ backup }) => {
      const row =
        backups.find((each) => each.id === backup) ??
        backups[1] ??
        fail({ code: 'backup_not_found', message: 'there is no such backup' });
      return {
        backup: row,
        confirm: row.shortId,
        refusal: row.isNewestVerified ? 'It is the newest verified backup of shop-prod.' : null,
        effects: ['About 41 MB are freed in the vault.'],
        newestVerifiedAfter: { backupId: 'b-shop-prod', atMs: NOW - 8_000_000 },
      };
    },
    backup_delete: () => ({}),
    backup_export: ({ to }) => leaving(to),
    backup_save: ({ to }) => leaving(to),
  };
}
