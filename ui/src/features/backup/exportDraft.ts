import type {
  AskCommand,
  BackupRow,
  ExportBackup,
  ExportTarget,
  PackingView,
  PartForm,
  PartView,
  SavePart,
} from '../../ipc/bindings';

/** What a person answered before a backup leaves the vault. */
export interface ExportDraft {
  scope: 'whole' | 'part';
  /** `database`, `roles`, or a path in the backup. */
  part: string;
  form: PartForm;
  /** Tables as `schema.name`, between commas or on lines; empty takes all. */
  tables: string;
  clean: boolean;
  noOwner: boolean;
  packing: PackingView;
  isEncrypted: boolean;
  passphrase: string;
  again: string;
  path: string | null;
}

/** Shorter ones are guessed too soon by whoever has the file. */
export const PASSPHRASE_MIN = 8;

export const newDraft: ExportDraft = {
  scope: 'whole',
  part: 'database',
  form: 'as_it_is',
  tables: '',
  clean: false,
  noOwner: false,
  packing: 'zstd',
  isEncrypted: true,
  passphrase: '',
  again: '',
  path: null,
};

/** How a part is named: the database and the roles by what they are, the rest by its path. */
export const nameOfPart = ({ component, path }: PartView): string =>
  component === 'database' || component === 'roles' ? component : path;

/** The form that goes out: only the database has more than one; of the rest a file stays as it is, and a folder becomes a tar. */
const formOf = ({ part, form }: ExportDraft): PartForm | null => (part === 'database' ? form : null);

/** What is asked first: the part that somebody came for, or the database, where the backup holds one. */
export function draftOf(parts: readonly PartView[], first?: string): ExportDraft {
  const names = parts.map(nameOfPart);
  if (first !== undefined && names.includes(first)) return { ...newDraft, scope: 'part', part: first };
  return { ...newDraft, part: names.includes('database') ? 'database' : (names[0] ?? newDraft.part) };
}

const ENDS: Record<PackingView, string> = { none: '', gzip: '.gz', zstd: '.zst' };

function endOf(draft: ExportDraft): string {
  if (draft.scope === 'whole') return '.tar';
  if (draft.part === 'roles') return '-roles.sql';
  if (draft.part !== 'database') return `-${draft.part.split('/').at(-1) ?? 'part'}`;
  return { as_it_is: '.dump', sql: '.sql', tar: '-sql.tar', json: '-rows.tar' }[draft.form];
}

/** A name that says what it is: `shop-prod-2026-11-21-0902.tar.zst.age`. */
export function fileName(row: BackupRow, draft: ExportDraft): string {
  const at =
    row.atMs === null
      ? ''
      : `-${new Date(row.atMs).toISOString().slice(0, 16).replace('T', '-').replace(':', '')}`;
  const project = row.project.replace(/[^\w.-]+/g, '-');
  return `${project}${at}${endOf(draft)}${ENDS[draft.packing]}${draft.isEncrypted ? '.age' : ''}`;
}

/** Why it cannot begin yet; nothing when it can. */
export function missing(draft: ExportDraft): string | null {
  if (draft.isEncrypted && draft.passphrase.length < PASSPHRASE_MIN)
    return `The passphrase needs at least ${PASSPHRASE_MIN} characters.`;
  if (draft.isEncrypted && draft.passphrase !== draft.again)
    return 'The two passphrases are not the same yet.';
  if (draft.path === null) return 'Choose where the file goes.';
  return null;
}

/** What a passphrase of so many characters is worth; nothing else of it is looked at. */
export function strength(length: number): { word: string; state: 'danger' | 'warn' | 'ok' } {
  if (length < PASSPHRASE_MIN) return { word: `At least ${PASSPHRASE_MIN} characters.`, state: 'danger' };
  if (length < 14) return { word: 'Short. It holds for a while, where nobody tries hard.', state: 'warn' };
  if (length < 20) return { word: 'Good length.', state: 'ok' };
  return { word: 'Long. Good, if it is no sentence that somebody wrote before.', state: 'ok' };
}

/** The tables that a person named. */
export const tablesIn = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** Whether rows of some tables go out alone. */
export const isOfSomeTables = (draft: ExportDraft): boolean =>
  draft.part === 'database' && draft.form === 'json' && tablesIn(draft.tables).length > 0;

const hasSql = (form: PartForm | null): boolean => form === 'sql' || form === 'tar';

const target = (draft: ExportDraft, path: string) => ({
  path,
  packing: draft.packing,
  passphrase: draft.isEncrypted ? draft.passphrase : null,
  // A file that is there is replaced on the command line only.
  replace: false,
});

export const wholeRequest = (backup: string, draft: ExportDraft, path: string): ExportBackup => ({
  backup,
  to: target(draft, path),
});

export function partRequest(backup: string, draft: ExportDraft, path: string): SavePart {
  const form = formOf(draft);
  return {
    backup,
    part: draft.part,
    tables: form === 'json' ? tablesIn(draft.tables) : [],
    form,
    clean: form === 'sql' && draft.clean,
    noOwner: hasSql(form) && draft.noOwner,
    to: target(draft, path),
  };
}

/** The same for a command line, which takes the passphrase from a file; before a place is chosen, with the name that is proposed. */
export function askedOf(row: BackupRow, draft: ExportDraft): AskCommand {
  const path = draft.path ?? fileName(row, draft);
  const sealed = <T extends { to: ExportTarget }>(request: T): T => ({
    ...request,
    to: { ...request.to, passphrase: draft.isEncrypted ? '' : null },
  });
  return draft.scope === 'whole'
    ? { of: 'bundle_export', request: sealed(wholeRequest(row.shortId, draft, path)) }
    : { of: 'backup_save', request: sealed(partRequest(row.shortId, draft, path)) };
}
