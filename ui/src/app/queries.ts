import { commandQuery } from '../ipc/client';

/** What the window needs before its first screen. */
export const appStateQuery = () => commandQuery('app_state', {});
/** The sidebar's projects come with the home screen's answer. */
export const homeQuery = () => ({ ...commandQuery('home', {}), refetchInterval: 60_000 });

export const projectQuery = (project: string) => commandQuery('project_show', { project });
