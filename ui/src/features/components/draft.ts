import type { AddComponent, PlaceRequest } from '../../ipc/bindings';

/** What can be added beside a database. */
export type ComponentKind = 'files' | 'configuration' | 'redis' | 'logs';

/** What a person entered. */
export interface ComponentDraft {
  kind: ComponentKind;
  /** Folders and files, chosen in the system's dialog. */
  paths: readonly string[];
  url: string;
  password: string;
  /** Files of a bucket instead of a folder. */
  isBucket: boolean;
  bucket: string;
  prefix: string;
  endpoint: string;
  region: string;
  accessKey: string;
  /** Logs of a table instead of a folder. */
  isTable: boolean;
  table: string;
  column: string;
  name: string;
}

export const KINDS: readonly { kind: ComponentKind; title: string; what: string }[] = [
  {
    kind: 'files',
    title: 'Uploaded files',
    what: 'A folder or a bucket: every file in it; what has not changed is not read again.',
  },
  {
    kind: 'configuration',
    title: 'Configuration',
    what: '.env files, compose files, certificates; whole in the encrypted vault.',
  },
  { kind: 'redis', title: 'Redis', what: 'A snapshot of every key, as a replica gets it.' },
  { kind: 'logs', title: 'Logs', what: 'Rows of a table with a time, or files of a folder, by day.' },
];

export const newDraft = (kind: ComponentKind): ComponentDraft => ({
  kind,
  paths: [],
  url: '',
  password: '',
  isBucket: false,
  bucket: '',
  prefix: '',
  endpoint: '',
  region: 'us-east-1',
  accessKey: '',
  isTable: true,
  table: '',
  column: 'created_at',
  name: '',
});

const splitTable = (text: string): { schema: string; table: string } => {
  const [first = '', ...rest] = text.trim().split('.');
  return rest.length === 0 ? { schema: 'public', table: first } : { schema: first, table: rest.join('.') };
};

/** Why nothing can be added yet; `null` where it can. */
export function missing(draft: ComponentDraft): string | null {
  if (draft.kind === 'redis') return draft.url.trim() === '' ? 'Enter where the server is.' : null;
  if (draft.kind === 'files' && draft.isBucket) {
    if (draft.bucket.trim() === '') return 'Enter the name of the bucket.';
    if (draft.endpoint.trim() === '') return 'Enter where the store is.';
    return draft.accessKey.trim() !== '' && draft.password === '' ? 'Enter the secret of the key.' : null;
  }
  if (draft.kind === 'logs' && draft.isTable) {
    if (draft.table.trim() === '') return 'Enter the name of the table.';
    return draft.column.trim() === '' ? 'Enter the column with the time of a row.' : null;
  }
  return draft.paths.length === 0 ? 'Choose what is to be read.' : null;
}

const placeOf = (draft: ComponentDraft): PlaceRequest => {
  const [path = ''] = draft.paths;
  switch (draft.kind) {
    case 'files':
      if (draft.isBucket)
        return {
          kind: 'bucket',
          bucket: draft.bucket.trim(),
          prefix: draft.prefix.trim(),
          endpoint: draft.endpoint.trim(),
          region: draft.region.trim(),
          accessKey: draft.accessKey.trim() === '' ? null : draft.accessKey.trim(),
          inHost: false,
        };
      return { kind: 'files', path, patterns: [] };
    case 'configuration':
      return { kind: 'configuration', paths: [...draft.paths], patterns: [] };
    case 'redis':
      return {
        kind: 'redis',
        url: draft.url.trim().includes('://') ? draft.url.trim() : `redis://${draft.url.trim()}`,
      };
    case 'logs':
      return draft.isTable
        ? { kind: 'log_table', ...splitTable(draft.table), column: draft.column.trim() }
        : { kind: 'log_folder', path, patterns: [] };
  }
};

/** The request that a draft stands for. */
export const requestOf = (project: string, draft: ComponentDraft): AddComponent => ({
  project,
  name: draft.name.trim() === '' ? null : draft.name.trim(),
  place: placeOf(draft),
  password: (draft.kind === 'redis' || draft.isBucket) && draft.password !== '' ? draft.password : null,
});
