import type { ProjectRow } from '../ipc/bindings';

/** Whether anything new comes of it: from its database, from its platform, or from both. Imported files have neither. */
export const hasSource = ({ hasDatabase, platform }: Pick<ProjectRow, 'hasDatabase' | 'platform'>): boolean =>
  hasDatabase || platform !== null;
