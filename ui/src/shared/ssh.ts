import type { SshView } from '../ipc/bindings';

/** SSH’s own port. */
export const SSH_PORT = 22;

/** An SSH account as it is typed: `user@host`, with the port where it is another one than SSH’s. */
export function accountOf({ user, host, port }: SshView): string {
  const server = host.includes(':') ? `[${host}]` : host;
  return port === SSH_PORT ? `${user}@${server}` : `${user}@${server}:${String(port)}`;
}
