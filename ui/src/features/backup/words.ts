import type { BackupView, LevelView, ProofView, VerdictView } from '../../ipc/bindings';
import { bytes, counted, LEVEL_WORDS } from '../../shared/format';

export const LEVELS: readonly LevelView[] = ['bytes', 'readable', 'restored'];

/** What each level shows, for those who meet it for the first time. */
export const LEVEL_MEANS: Record<LevelView, string> = {
  bytes:
    'Every block is read from the vault: its hash matches, or its seal where an earlier backup proved it.',
  readable: 'The archive parses and lists. A verification also counts every row again.',
  restored: 'A restore brings it back, and rows and fingerprints match.',
};

export const VERDICT_WORDS: Record<VerdictView, string> = {
  pass: 'Pass',
  fail: 'Fail',
  inconclusive: 'Inconclusive',
};

/** The last attempt at a level; the ledger is newest first. */
export const lastOf = (proofs: readonly ProofView[], level: LevelView): ProofView | undefined =>
  proofs.find((proof) => proof.level === level);

/** The answer of the page: `Readable. 42 tables, 12,491,902 rows, 3.84 GB.` */
export function heroSentence({ row, trees }: BackupView): string {
  const failed = row.lastProof?.verdict === 'fail';
  const word = failed
    ? 'It failed its last proof.'
    : row.level === null
      ? 'Not proven yet.'
      : `${LEVEL_WORDS[row.level]}.`;
  const files = trees.reduce((sum, tree) => sum + tree.files, 0);
  const parts = [
    row.tables === 0 && files > 0 ? null : counted(row.tables, 'table'),
    row.rows === null ? null : counted(row.rows, 'row'),
    files > 0 ? counted(files, 'file') : null,
    bytes(row.sizeBytes),
  ];
  return `${word} ${parts.filter((part) => part !== null).join(', ')}.`;
}
