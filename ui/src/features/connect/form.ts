import type { ConnectionView, LabelView, ProjectView, TlsModeView } from '../../ipc/bindings';

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
};

/** A project's connection in the form; its password stays where it is. */
export function formOf(project: ProjectView): Form {
  const { connection, row } = project;
  const empty = { ...EMPTY };
  return {
    ...(connection ? withConnection(empty, connection) : empty),
    name: row.name,
    isNameTyped: true,
    label: row.label,
  };
}

/** The form with another connection; the password stays. */
export function withConnection(form: Form, connection: ConnectionView): Form {
  const next = {
    ...form,
    host: connection.host,
    port: String(connection.port),
    database: connection.database,
    user: connection.user,
    tls: connection.tls,
    rootCertificate: connection.rootCertificate ?? '',
  };
  return form.isNameTyped ? next : { ...next, name: proposedName(connection) };
}

/** A name from what says most: the database, or the host where the database is the default one. */
export function proposedName({ host, database }: Pick<ConnectionView, 'host' | 'database'>): string {
  const isDefault = database === '' || database === 'postgres';
  if (!isDefault) return database;
  if (host.startsWith('/')) return 'postgres';
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
  };
}

/** What a test speaks about: when this changes, its result does not hold any more. */
export function tested(form: Form): string {
  return JSON.stringify([connectionOf(form), form.password]);
}
