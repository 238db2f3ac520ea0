import type { ProjectRow } from '../ipc/bindings';

type SourceOf = Pick<ProjectRow, 'hasDatabase' | 'platform' | 'parts'>;

/** Whether Holdfast backs something of it up by itself: its database, or what it has beside one. */
export const isReadHere = ({ hasDatabase, parts }: Pick<SourceOf, 'hasDatabase' | 'parts'>): boolean =>
  hasDatabase || parts.length > 0;

/** Whether anything new comes of it: what is read here, or what its platform backs up. Imported files have neither. */
export const hasSource = (project: SourceOf): boolean => isReadHere(project) || project.platform !== null;
