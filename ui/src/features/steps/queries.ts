import { commandQuery } from '../../ipc/client';

export const stepsQuery = (project: string) => commandQuery('recovery_steps_show', { project });
