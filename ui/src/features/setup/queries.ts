import { queryOptions } from '@tanstack/react-query';
import { commandQuery } from '../../ipc/client';

export const appStateQuery = () => commandQuery('app_state', {});

/** The last part of a path, which becomes the vault's name. */
export function vaultName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? 'Vault';
}

/**
 * The draft of a vault at a path. It changes nothing on the disk; asking twice would only make a
 * second key, so the first answer stays for as long as the window does.
 */
export const draftQuery = (path: string) =>
  queryOptions({
    ...commandQuery('vault_draft', { path, name: vaultName(path) }),
    staleTime: Infinity,
    gcTime: Infinity,
  });
