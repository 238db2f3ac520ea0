import { commandQuery } from '../../ipc/client';

export const standingQuery = (project: string) => commandQuery('goal_standing', { project });

export const presetsQuery = () => ({ ...commandQuery('goal_presets', {}), staleTime: Infinity });
