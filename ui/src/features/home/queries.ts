import { commandQuery } from '../../ipc/client';

/** Ages move on their own; what exists is asked again once a minute in case nobody told us. */
export const homeQuery = () => ({ ...commandQuery('home', {}), refetchInterval: 60_000 });
export const appStateQuery = () => commandQuery('app_state', {});
