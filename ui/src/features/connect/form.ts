import type { ConnectionView, LabelView, ProjectView, SshView, TlsModeView } from '../../ipc/bindings';
import { accountIn, accountOf } from '../../shared/ssh';

/** What a person types; a port is text until it is sent. */
export type Form = {
  name: string;
  /** A name that nobody typed follows the connection. */
  isNameTyped: boolean;
  label: LabelView;
  host: string;
  port: string;
  database: string;
  user: string;
  password: string;
  tls: TlsModeView;
  rootCertificate: string;
  /** Whether it is reached by way of an SSH server; what was typed for that stays while it is off. */
  isBySsh: boolean;
  /** `user@host` or `user@host:port`. */
  sshAccount: string;
  sshKey: string;
  /** The passphrase of the key, or without one the account's password. */
  sshSecret: string;
  /** The accepted fingerprint of the server's key. */
  sshHostKey: string;
  /** The account whose secret is stored already, if any: an empty one means that one. */
  sshStored: string;
  /** Whether it is reached from inside a container; its name stays while it is off. */
  isInContainer: boolean;
  container: string;
};

export const EMPTY: Form = {
  name: '',
  isNameTyped: false,
  label: 'production',
  host: '',
  port: '5432',
  database: '',
  user: '',
  password: '',
  tls: 'prefer',
  rootCertificate: '',
  isBySsh: false,
  sshAccount: '',
  sshKey: '',
  sshSecret: '',
  sshHostKey: '',
  sshStored: '',
  isInContainer: false,
  container: '',
};

/** A project's connection in the form; its password stays where it is. */
export function formOf(project: ProjectView): Form {
  const { connection, row } = project;
  const empty = { ...EMPTY };
  return {
    ...(connection ? withConnection(empty, connection) : empty),
    sshStored: connection?.ssh ? accountOf(connection.ssh) : '',
    name: row.name,
    isNameTyped: true,
    label: row.label,
  };
}

/** The form with another connection; the passwords stay, and the way to it where the connection has none. */
export function withConnection(form: Form, connection: ConnectionView): Form {
  const next = {
    ...form,
    host: connection.host,
    port: String(connection.port),
    database: connection.database,
    user: connection.user,
    tls: connection.tls,
    rootCertificate: connection.rootCertificate ?? '',
    ...(connection.ssh === null ? {} : waysOf(connection.ssh)),
    ...(connection.container === null ? {} : { isInContainer: true, container: connection.container }),
  };
  return form.isNameTyped ? next : { ...next, name: proposedName(connection) };
}

function waysOf(ssh: SshView): Partial<Form> {
  return {
    isBySsh: true,
    sshAccount: accountOf(ssh),
    sshKey: ssh.key ?? '',
    sshHostKey: ssh.hostKey ?? '',
  };
}

function sshOf(form: Form): SshView | null {
  const at = form.isBySsh ? accountIn(form.sshAccount) : null;
  return at && { ...at, key: form.sshKey.trim() || null, hostKey: form.sshHostKey.trim() || null };
}

type Named = Pick<ConnectionView, 'host' | 'database' | 'ssh' | 'container'>;

/** A name from what says most: the database, or its container or host where the database is the default one. */
export function proposedName({ host: given, database, ssh, container }: Named): string {
  const isDefault = database === '' || database === 'postgres';
  if (!isDefault) return database;
  if (container !== null) return container;
  if (given.startsWith('/')) return 'postgres';
  // Seen from an SSH server, `localhost` is that server.
  const host = ssh && ['localhost', '127.0.0.1', '::1'].includes(given) ? ssh.host : given;
  const labels = host.split('.').filter((label) => !['db', 'www', 'aws-0', 'pooler'].includes(label));
  return labels[0] ?? host;
}

/** What is missing before a test makes sense; absent when nothing is. */
export function missing(form: Form): string | null {
  if (form.host.trim() === '') return 'Enter the host first.';
  const port = Number(form.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'The port is a number from 1 to 65535.';
  if (form.database.trim() === '') return 'Enter the database first.';
  if (form.user.trim() === '') return 'Enter the user first.';
  if (form.isBySsh && accountIn(form.sshAccount) === null)
    return 'Enter the SSH server as user@host, or user@host:port.';
  if (form.isInContainer && !/^[a-z0-9][\w.-]*$/i.test(form.container.trim()))
    return 'Enter the container’s name as docker ps shows it.';
  if (form.isInContainer && form.host.trim().startsWith('/'))
    return 'Enter the host as the container sees it: localhost, for instance.';
  if (form.isBySsh && form.host.trim().startsWith('/'))
    return 'By SSH, enter the host as the SSH server sees it: localhost, for instance.';
  return null;
}

export function connectionOf(form: Form): ConnectionView {
  return {
    host: form.host.trim(),
    port: Number(form.port),
    database: form.database.trim(),
    user: form.user.trim(),
    tls: form.tls,
    rootCertificate: form.rootCertificate.trim() || null,
    ssh: sshOf(form),
    container: form.isInContainer ? form.container.trim() : null,
  };
}

/** The secrets that were typed, as they are sent; what is empty stays as it is stored. */
export function secretsOf(form: Form): { password: string | null; sshSecret: string | null } {
  const isTyped = form.isBySsh && form.sshSecret !== '';
  return { password: form.password || null, sshSecret: isTyped ? form.sshSecret : null };
}

/** What a test speaks about: when this changes, its result does not hold any more. */
export function tested(form: Form): string {
  return JSON.stringify([connectionOf(form), secretsOf(form)]);
}
