import { commandQuery } from '../../ipc/client';

export const appStateQuery = () => commandQuery('app_state', {});
export const toolsQuery = () => commandQuery('tool_list', {});
export const doctorQuery = () => commandQuery('doctor', {});
export const scratchesQuery = () => commandQuery('scratch_list', {});
export const vaultPlaceQuery = () => commandQuery('vault_place', {});
export const replicasQuery = () => commandQuery('replica_list', {});
export const channelsQuery = () => commandQuery('notify_list', {});
export const projectsQuery = () => commandQuery('project_list', {});
