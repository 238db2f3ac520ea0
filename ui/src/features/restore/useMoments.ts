import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';

import type { BackupView } from '../../ipc/bindings';
import { backupsQuery } from '../../shared/backupPages';
import { useNow } from '../../shared/useNow';
import { newestFirst } from './moments';

/** So far back the timeline reaches; older backups are read when the list asks for them. */
const TIMELINE_MS = 30 * 86_400_000;

/** The backups of the project, as far back as the timeline shows; more when asked. */
export function useMoments(project: string, first: BackupView['row'], chosen: BackupView['row'] | undefined) {
  const now = useNow();
  const pages = useInfiniteQuery(backupsQuery(project));
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = pages;
  const rows = useMemo(
    () =>
      newestFirst([
        ...(data?.pages ?? []).flatMap((page) => page.backups),
        first,
        ...(chosen ? [chosen] : []),
      ]),
    [data, first, chosen],
  );
  const oldest = data?.pages.at(-1)?.backups.at(-1)?.atMs ?? null;
  const isShort = hasNextPage && oldest !== null && oldest > now - TIMELINE_MS;
  const read = data?.pages.length ?? 0;
  // `read` is here because a quick answer may come between two drawings, which then look alike.
  useEffect(() => {
    if (isShort && !isFetching && !isError && read > 0) void fetchNextPage();
  }, [isShort, isFetching, isError, read, fetchNextPage]);
  const onOlder = hasNextPage && !isFetching ? () => void fetchNextPage() : undefined;
  return { rows, isReading: isFetching, error: pages.error, onOlder, again: () => void pages.refetch() };
}
