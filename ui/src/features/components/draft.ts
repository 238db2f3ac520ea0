import type { AddComponent, PartAddView, PlaceRequest, SshView } from '../../ipc/bindings';
import { accountIn } from '../../shared/ssh';

/** What can be added beside a database. */
export type ComponentKind = 'files' | 'configuration' | 'redis' | 'logs';

/**
 * Where files are: here, on an SSH server, in a bucket, in Supabase's storage; or rows of a table; or what a container
 * printed.
 */
export type Where = 'folder' | 'server' | 'bucket' | 'supabase' | 'table' | 'container';

/** What a person entered. */
export interface ComponentDraft {
  kind: ComponentKind;
  /** Folders and files, chosen in the system's dialog. */
  paths: readonly string[];
  url: string;
  password: string;
  where: Where;
  /** A folder of an SSH server. */
  folder: string;
  /** `user@host`; empty takes the one by way of which the database is reached. */
  account: string;
  key: string;
  /** The fingerprint of the server's key that a person compared. */
  hostKey: string;
  bucket: string;
  prefix: string;
  endpoint: string;
  region: string;
  accessKey: string;
  table: string;
  column: string;
  container: string;
  name: string;
}

export const KINDS: readonly { kind: ComponentKind; title: string; what: string }[] = [
  {
    kind: 'files',
    title: 'Uploaded files',
    what: 'A folder, here or on a server, a bucket, or all buckets of Supabase. What has not changed is not read again.',
  },
  {
    kind: 'configuration',
    title: 'Configuration',
    what: '.env files, compose files, certificates; whole in the encrypted vault.',
  },
  { kind: 'redis', title: 'Redis', what: 'A snapshot of every key, as a replica gets it.' },
  {
    kind: 'logs',
    title: 'Logs',
    what: 'Rows of a table with a time, files of a folder, or what a container prints, by day.',
  },
];

export const newDraft = (kind: ComponentKind, where: Where = 'folder'): ComponentDraft => ({
  kind,
  paths: [],
  url: '',
  password: '',
  where,
  folder: '',
  account: '',
  key: '',
  hostKey: '',
  bucket: '',
  prefix: '',
  endpoint: '',
  region: 'us-east-1',
  accessKey: '',
  table: '',
  column: 'created_at',
  container: '',
  name: '',
});

/** A part that was found, as a draft. */
export function draftOf(add: PartAddView): ComponentDraft {
  switch (add.kind) {
    case 'storage_api':
      return { ...newDraft('files', 'supabase'), url: add.url };
    case 'redis':
      return { ...newDraft('redis'), url: add.url, container: add.container ?? '' };
    case 'container_log':
      return { ...newDraft('logs', 'container'), container: add.container };
    case 'folder': {
      const kind = add.component === 'config' ? 'configuration' : 'files';
      return add.isThere
        ? { ...newDraft(kind, 'server'), folder: add.path }
        : { ...newDraft(kind), paths: [add.path] };
    }
  }
}

const splitTable = (text: string): { schema: string; table: string } => {
  const [first = '', ...rest] = text.trim().split('.');
  return rest.length === 0 ? { schema: 'public', table: first } : { schema: first, table: rest.join('.') };
};

const CONTAINER = 'Enter the container’s name as docker ps shows it.';

/** Why nothing can be added yet; `null` where it can. */
export function missing(draft: ComponentDraft): string | null {
  const isContainer = /^[a-z0-9][\w.-]*$/i.test(draft.container.trim());
  if (draft.kind === 'redis') {
    if (draft.url.trim() === '') return 'Enter where the server is.';
    return draft.container.trim() === '' || isContainer ? null : CONTAINER;
  }
  const isOdd = draft.account.trim() !== '' && accountIn(draft.account) === null;
  const odd = isOdd ? 'Enter the account as user@host, or user@host:port.' : null;
  if (draft.where === 'container') return isContainer ? odd : CONTAINER;
  if (draft.where === 'server') {
    if (!draft.folder.trim().startsWith('/')) return 'Enter the folder there, beginning with a slash.';
    return odd;
  }
  if (draft.where === 'bucket') {
    if (draft.bucket.trim() === '') return 'Enter the name of the bucket.';
    if (draft.endpoint.trim() === '') return 'Enter where the store is.';
    return draft.accessKey.trim() !== '' && draft.password === '' ? 'Enter the secret of the key.' : null;
  }
  if (draft.where === 'supabase') {
    if (draft.url.trim() === '') return 'Enter the address of the project.';
    return draft.password === '' ? 'Enter the project’s service key.' : null;
  }
  if (draft.where === 'table') {
    if (draft.table.trim() === '') return 'Enter the name of the table.';
    return draft.column.trim() === '' ? 'Enter the column with the time of a row.' : null;
  }
  return draft.paths.length === 0 ? 'Choose what is to be read.' : null;
}

const sshOf = (draft: ComponentDraft): SshView | null => {
  const at = accountIn(draft.account);
  return at && { ...at, key: draft.key.trim() || null, hostKey: draft.hostKey.trim() || null };
};

const WORDS = { files: 'files', configuration: 'config', redis: 'redis', logs: 'logs' } as const;

const placeOf = (draft: ComponentDraft): PlaceRequest => {
  const [path = ''] = draft.paths;
  if (draft.where === 'server')
    return {
      kind: 'sftp',
      component: WORDS[draft.kind],
      path: draft.folder.trim(),
      patterns: [],
      ssh: sshOf(draft),
    };
  switch (draft.kind) {
    case 'files':
      if (draft.where === 'bucket')
        return {
          kind: 'bucket',
          bucket: draft.bucket.trim(),
          prefix: draft.prefix.trim(),
          endpoint: draft.endpoint.trim(),
          region: draft.region.trim(),
          accessKey: draft.accessKey.trim() === '' ? null : draft.accessKey.trim(),
          inHost: false,
        };
      if (draft.where === 'supabase')
        return {
          kind: 'storage_api',
          url: draft.url.trim().includes('://') ? draft.url.trim() : `https://${draft.url.trim()}`,
        };
      return { kind: 'files', path, patterns: [] };
    case 'configuration':
      return { kind: 'configuration', paths: [...draft.paths], patterns: [] };
    case 'redis':
      return {
        kind: 'redis',
        url: draft.url.trim().includes('://') ? draft.url.trim() : `redis://${draft.url.trim()}`,
        container: draft.container.trim() || null,
      };
    case 'logs':
      if (draft.where === 'container')
        return { kind: 'container_log', container: draft.container.trim(), ssh: sshOf(draft) };
      return draft.where === 'table'
        ? { kind: 'log_table', ...splitTable(draft.table), column: draft.column.trim() }
        : { kind: 'log_folder', path, patterns: [] };
  }
};

const takesSecret = ({ kind, where, account }: ComponentDraft): boolean =>
  kind === 'redis' ||
  where === 'bucket' ||
  where === 'supabase' ||
  ((where === 'server' || where === 'container') && account.trim() !== '');

/** The request that a draft stands for. */
export const requestOf = (project: string, draft: ComponentDraft): AddComponent => ({
  project,
  name: draft.name.trim() === '' ? null : draft.name.trim(),
  place: placeOf(draft),
  password: draft.password === '' || !takesSecret(draft) ? null : draft.password,
});
