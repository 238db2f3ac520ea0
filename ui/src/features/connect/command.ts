import { quoted } from '../../shared/quoted';
import { connectionOf, type Form } from './form';

/** The connection as a URL without its password; a socket's directory stands where the host does. */
function urlOf(form: Form): string {
  const { host, port, database, user, tls, rootCertificate } = connectionOf(form);
  const place = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  const url = `postgresql://${encodeURIComponent(user)}@${place}:${port}/${encodeURIComponent(database)}?sslmode=${tls}`;
  return rootCertificate === null ? url : `${url}&sslrootcert=${encodeURIComponent(rootCertificate)}`;
}

/** The equivalent command line. A password is read from the standard input, never from an argument. */
export function commandOf(form: Form, project?: string): string {
  const words = ['holdfast', 'project', project === undefined ? 'add' : 'edit', quoted(project ?? form.name.trim())];
  if (project !== undefined && project !== form.name.trim()) words.push('--name', quoted(form.name.trim()));
  words.push('--label', form.label, '--postgres', quoted(urlOf(form)));
  if (form.password !== '') words.push('--password-stdin');
  return words.join(' ');
}
