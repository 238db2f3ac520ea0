import { commandQuery } from '../../ipc/client';

/** As many runs as one answer may hold; older ones are in the log of the engine. */
export const RUNS_MAX = 500;

export const runsQuery = () => commandQuery('job_list', { project: null, limit: RUNS_MAX });
