import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { createContext, useContext } from 'react';

import type { BackupFateView, BackupRow } from '../../ipc/bindings';
import { exactMoment, UNKNOWN } from '../../shared/format';
import { expiryWords, fatesQuery, keptWords } from '../../shared/keeping';
import { Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import { useNow } from '../../shared/useNow';
import classes from './backupColumns.module.css';

/** What becomes of the backups of the pages that were read, by their ids. */
export const Fates = createContext<ReadonlyMap<string, BackupFateView>>(new Map());

type Page = UseQueryResult<BackupFateView[]>;

const combined = (answers: Page[]) => ({
  fates: new Map(
    answers.flatMap(({ data }) => data ?? []).map((one) => [one.fate.backupId, one]),
  ) as ReadonlyMap<string, BackupFateView>,
  error: answers.find((answer) => answer.error)?.error ?? null,
});

/** One question for each page of the list; what is not known yet is absent. */
export const useFates = (
  pages: readonly { backups: readonly BackupRow[] }[],
): { fates: ReadonlyMap<string, BackupFateView>; error: unknown } =>
  useQueries({
    queries: pages
      .filter(({ backups }) => backups.length > 0)
      .map(({ backups }) => fatesQuery(backups.map(({ id }) => id))),
    combine: combined,
  });

/** Until when a backup is kept, and why; loud where somebody's date comes within a week. */
export function Kept({ backup }: { backup: string }) {
  const now = useNow();
  const kept = useContext(Fates).get(backup);
  if (!kept)
    return (
      <Text as="span" tone="quiet">
        {UNKNOWN}
      </Text>
    );
  const { until, why } = keptWords(kept, now);
  const isLoud = kept.expiresMs !== null || !kept.fate.isKept;
  return (
    <>
      <span
        className={isLoud ? classes.warnings : classes.two}
        title={
          kept.fate.untilMs === null
            ? kept.fate.reasons.map(({ words }) => words).join('; ')
            : exactMoment(kept.fate.untilMs)
        }
      >
        {isLoud && <StateIcon state="warn" size={14} />}
        {kept.expiresMs === null ? until : expiryWords(kept.expiresMs, now)}
      </span>
      <span className={classes.sub} title={why}>
        {why}
      </span>
    </>
  );
}
