import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';

import { call } from '../../ipc/call';

/** Entries of one answer; the list asks for the next when its end comes near. */
const PAGE_ENTRIES = 200;

/** What is asked for; empty texts do not matter. */
export interface AuditFilter {
  act: string;
  text: string;
  sinceMs: number | null;
  untilMs: number | null;
}

/** Pages of the log, newest first. Each begins where the last one ended, whatever is recorded meanwhile. */
export const auditQuery = ({ act, text, sinceMs, untilMs }: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit_list', { act, text, sinceMs, untilMs }] as const,
    queryFn: ({ pageParam }) =>
      call('audit_list', {
        act: act || null,
        subject: null,
        sinceMs,
        untilMs,
        text: text || null,
        before: pageParam,
        limit: PAGE_ENTRIES,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (last) =>
      last.entries.length === PAGE_ENTRIES ? (last.entries.at(-1)?.seq ?? undefined) : undefined,
    placeholderData: keepPreviousData,
  });
