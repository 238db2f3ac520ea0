import { keepPreviousData } from '@tanstack/react-query';

import type { PolicyView } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';

export const retentionQuery = (project: string) => commandQuery('retention_show', { project });

/** What a policy would come to; what was shown stays in sight while figures change. */
export const previewQuery = (project: string, policy: PolicyView | null) => ({
  ...commandQuery('retention_preview', { project, policy }),
  placeholderData: keepPreviousData,
});

/** What would go now: asked for afresh each time, since every backup changes it. */
export const removalQuery = (project: string) => ({
  ...commandQuery('retention_plan', { project }),
  staleTime: 0,
  gcTime: 0,
  refetchOnWindowFocus: false,
});
