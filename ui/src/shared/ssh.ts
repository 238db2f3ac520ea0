import type { SshView } from '../ipc/bindings';

/** SSH’s own port. */
export const SSH_PORT = 22;

/** An SSH account as it is typed: `user@host`, with the port where it is another one than SSH’s. */
export function accountOf({ user, host, port }: SshView): string {
  const server = host.includes(':') ? `[${host}]` : host;
  return port === SSH_PORT ? `${user}@${server}` : `${user}@${server}:${String(port)}`;
}

/** The account and the server in what was typed; absent where that is none. */
export function accountIn(text: string): Pick<SshView, 'user' | 'host' | 'port'> | null {
  const [, user, host, port = String(SSH_PORT)] =
    /^(?:ssh:\/\/)?([^@:/\s]+)@(\[[^\]\s]+\]|[^:@/\s[\]-][^:@/\s[\]]*)(?::(\d{1,5}))?$/.exec(text.trim()) ??
    [];
  if (user === undefined || host === undefined) return null;
  const number = Number(port);
  if (number < 1 || number > 65_535) return null;
  return { user, host: host.replace(/^\[|\]$/g, ''), port: number };
}
