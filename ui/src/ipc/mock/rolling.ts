import type {
  BackupRow,
  CoverageView,
  EstimateView,
  ProofStandingView,
  RestoreReportView,
  RollingView,
} from '../bindings';
import { NOW, proof } from './projects';
import { standingOf } from './restored';
import { planOf } from './restores';

const DAY = 24 * 60 * 60_000;

const DAMAGED = {
  file: 'data/5c1f09d2a7b3e4881d0c6f3e9a2b7c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
  message: 'its content does not match its name',
  atMs: NOW - 2 * DAY,
};

/** Five of twelve parts in the round that goes on, and a whole round before it. */
export function rollingOf(scenario: string): RollingView {
  if (scenario === 'empty')
    return {
      parts: 12,
      done: [],
      startedAtMs: null,
      lastStartedAtMs: null,
      lastFinishedAtMs: null,
      damaged: [],
    };
  return {
    parts: 12,
    done: Array.from({ length: 5 }, (_, index) => ({ n: index + 1, atMs: NOW - (17 - 3 * index) * DAY })),
    startedAtMs: NOW - 18 * DAY,
    lastStartedAtMs: NOW - 32 * DAY,
    lastFinishedAtMs: NOW - 19 * DAY,
    damaged: scenario === 'damaged' ? [DAMAGED] : [],
  };
}

export function coverageOf(backup: string, scenario: string): CoverageView {
  const isWhole = backup !== 'b-shop-prod';
  return {
    packs: 212,
    packsRead: isWhole ? 212 : 96,
    oldestAtMs: NOW - 31 * DAY,
    newestAtMs: NOW - 3 * DAY,
    provenAtMs: isWhole && scenario !== 'damaged' ? NOW - 31 * DAY : null,
    damaged: scenario === 'damaged' ? [DAMAGED] : [],
    missing: 0,
  };
}

const measured: EstimateView = {
  ms: 340_000,
  isGuess: false,
  basis: 'As the drill of 14 Nov 2026 03:20:11 took, scaled from 12.4 GB to 13.07 GB.',
};

export const standingOfProof = (row: BackupRow): ProofStandingView => ({
  backupId: row.id,
  proofs:
    row.level === null
      ? []
      : [proof('bytes', NOW - (row.atMs ?? NOW) - 60_000), ...(row.lastProof ? [row.lastProof] : [])]
          .toSorted((one, other) => one.level.localeCompare(other.level))
          .filter((one, index, all) => all.findIndex((each) => each.level === one.level) === index),
  drill:
    row.projectId === 'p-shop-prod'
      ? measured
      : {
          ms: 65_000,
          isGuess: true,
          basis:
            'A guess: no drill of this project was measured yet. It goes by 20 MB each second, and 5 seconds for a private Postgres.',
        },
});

export function reportOf(id: string): RestoreReportView {
  const { restore, sentence, next, canUndo, canDiscard } = standingOf(id);
  return {
    format: 'holdfast-restore-report',
    restore,
    who: 'anna@laptop',
    origin: 'window',
    plan: planOf({ backup: restore.backupId, target: { kind: 'swap', project: null, keepDays: null } }),
    phases: [],
    steps: [],
    outcome: null,
    finishedAtMs: restore.atMs,
    result: null,
    sentence,
    next,
    canUndo,
    canDiscard,
  };
}
