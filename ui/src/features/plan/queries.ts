import { commandQuery } from '../../ipc/client';

export const planQuery = (project: string) => commandQuery('recovery_plan_show', { project });
export const jobQuery = (job: string) => commandQuery('job_show', { job });
