import { commandQuery } from '../../ipc/client';

export const componentsQuery = (project: string) => commandQuery('component_list', { project });

/** What backups take of a project, as of the last look. */
export const coverageQuery = (project: string) => commandQuery('project_coverage', { project });

/** Which rows are taken, as it is stored. */
export const tableChoiceQuery = (project: string) => commandQuery('project_table_choice', { project });

/** The tables of the database: read from the server each time it is asked for. */
export const tablesQuery = (project: string) => ({
  ...commandQuery('project_tables', { project }),
  staleTime: 0,
  gcTime: 0,
});
