import type { BackupPage, BackupRow, BackupSpace, BackupSums, ListBackups, SiftBackups } from '../bindings';

const LEVELS = ['bytes', 'readable', 'restored'];

/** The one that is held in the fixtures of retention. */
const HELD = 9;

/** Whether the engine would leave this one: as its query does. */
function leaves(sift: SiftBackups, row: BackupRow, index: number): boolean {
  const { kind, by, holds, proof, sinceMs, untilMs, text, isHeld } = sift;
  const at = row.atMs;
  const isPulled = row.components.includes('artifact') || !row.components.includes('database');
  if (kind !== null && (kind === 'own') === isPulled) return false;
  if (by !== null && (by === 'schedule') !== (row.trigger === 'schedule')) return false;
  if (isHeld && index !== HELD) return false;
  if (!holds.every((one) => row.components.includes(one))) return false;
  if (proof === 'never' && row.level !== null) return false;
  if (proof === 'failed' && row.lastProof?.verdict !== 'fail') return false;
  if (proof !== null && LEVELS.includes(proof) && LEVELS.indexOf(row.level ?? '') < LEVELS.indexOf(proof))
    return false;
  if ((sinceMs !== null && at < sinceMs) || (untilMs !== null && at >= untilMs)) return false;
  return (
    text === null ||
    [row.reason, row.trigger, row.who, row.migration, row.id].some((part) =>
      part?.toLowerCase().includes(text.toLowerCase()),
    )
  );
}

const of = (backups: readonly BackupRow[], sift: SiftBackups | null | undefined) =>
  sift ? backups.filter((row, index) => leaves(sift, row, index)) : backups;
const sum = (rows: readonly BackupRow[], size: (row: BackupRow) => number | null) =>
  rows.reduce((all, row) => all + (size(row) ?? 0), 0);

export function pageOf(backups: readonly BackupRow[], { offset, limit, sift }: ListBackups): BackupPage {
  const found = of(backups, sift);
  return { total: found.length, backups: found.slice(offset, offset + limit) };
}

export function sumsOf(backups: readonly BackupRow[], sift: SiftBackups | null | undefined): BackupSums {
  const found = of(backups, sift);
  return {
    backups: found.length,
    sizeBytes: sum(found, (row) => row.sizeBytes),
    addedBytes: sum(found, (row) => row.addedBytes),
  };
}

export function spaceOf(backups: readonly BackupRow[], sift: SiftBackups | null | undefined): BackupSpace {
  const { backups: count, addedBytes } = sumsOf(backups, sift);
  return {
    backups: count,
    aloneBytes: Math.round(addedBytes / 2),
    unusedBytes: 310_000_000,
    storedBytes: 61_000_000_000,
  };
}
