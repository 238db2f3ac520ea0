import { commandQuery } from '../../ipc/client';

export const componentsQuery = (project: string) => commandQuery('component_list', { project });
