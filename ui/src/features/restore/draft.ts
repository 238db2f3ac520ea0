import type {
  BackupRow,
  ConnectionView,
  PlannedTable,
  ProjectRow,
  RestorePlanView,
  TableModeView,
  TableView,
  TargetRequest,
} from '../../ipc/bindings';
import { counted } from '../../shared/format';
import { holdsDatabase } from '../../shared/Holds';

export type Why = 'damaged' | 'missing_rows' | 'go_back' | 'new_server' | 'look';
/** Where everything goes; rows alone have a `TableModeView` instead. */
export type Place = 'scratch' | 'own_server' | 'other_project' | 'other_server' | 'swap' | 'in_place';
/** The whole database, the rows of all tables, or those of some. */
export type Scope = 'all' | 'rows' | 'tables';

/** What the first four steps hold; the request is made of it. */
export interface RestoreDraft {
  why: Why | null;
  /** When the damage happened, as far as a person knows. */
  damageAtMs: number | null;
  scope: Scope;
  /** Chosen tables, as `schema.name`. */
  tables: ReadonlySet<string>;
  place: Place;
  mode: TableModeView;
  /** Id of the backup made after the damage, where only that is taken back. */
  after: string | null;
  /** Whether what the database lacks is made, where all rows come back. */
  makes: boolean;
  /** After so many days the old database of a swap goes by itself; absent means that it stays until discarded. */
  keepDays: number | null;
  /** Id of the project whose database is changed; absent means the backup's own. */
  into: string | null;
  /** Name of the database to create. */
  name: string;
  /** Id of the other project, on whose server a database is created. */
  project: string | null;
  connection: ConnectionView | null;
  password: string;
}

/** Postgres cuts names after so many bytes (PostgreSQL docs, "Identifiers and Key Words"). */
const NAME_BYTES_MAX = 63;

/** A name for the new database that tells what it is. */
export function proposedName(project: string): string {
  const base = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return `${base.slice(0, NAME_BYTES_MAX - '_restored'.length) || 'database'}_restored`;
}

/** Before any answer: everything, into a place that touches nothing. */
export const blankDraft = (project: string): RestoreDraft => ({
  why: null,
  damageAtMs: null,
  scope: 'all',
  tables: new Set(),
  place: 'scratch',
  mode: 'beside',
  after: null,
  makes: false,
  keepDays: null,
  into: null,
  name: proposedName(project),
  project: null,
  connection: null,
  password: '',
});

/** What an answer to "why" chooses ahead. Nothing that replaces or deletes is ever among it. */
export function preselected(why: Why): Partial<RestoreDraft> {
  const safe = { why, scope: 'all', place: 'scratch', mode: 'beside' } as const;
  if (why === 'damaged') return { ...safe, scope: 'tables' };
  if (why === 'missing_rows') return { ...safe, scope: 'tables', mode: 'missing_rows' };
  if (why === 'new_server') return { ...safe, place: 'other_server' };
  return safe;
}

/** Where a wizard begins that somebody came to for one thing: a look inside, a database of its own, or a project that
 * was made anew. */
export type Into = 'scratch' | 'new' | 'anew';

/** Whether there is a server of this project that Holdfast reaches. */
export const canReach = (project: ProjectRow | undefined): boolean =>
  project !== undefined && !project.isArchived && project.hasDatabase;

/** The draft of such a wizard. Nothing that replaces or deletes is ever among it, but for a project that was made a
 * moment ago, which has only what its platform put there. */
export function beginAs(
  into: Into,
  own: ProjectRow | undefined,
  on: string | null = null,
): Partial<RestoreDraft> {
  if (into === 'anew') return { why: 'go_back', scope: 'rows', mode: 'replace', makes: true, into: on };
  if (into === 'scratch') return preselected('look');
  return { ...preselected('new_server'), place: canReach(own) ? 'own_server' : 'other_server' };
}

export const tableName = ({ schema, name }: Pick<TableView, 'schema' | 'name'>): string =>
  `${schema}.${name}`;

/** The chosen tables that the backup has; another moment may not have them all. */
export const chosenIn = (draft: RestoreDraft, tables: readonly TableView[]): string[] =>
  tables.map(tableName).filter((name) => draft.tables.has(name));

/** What becomes of the rows that are there; all of them never come back beside. */
export const modeOf = ({ scope, mode }: Pick<RestoreDraft, 'scope' | 'mode'>): TableModeView =>
  scope === 'rows' && mode === 'beside' ? 'missing_rows' : mode;

/** Whether the target is a database that is there and in use. */
export const isIntoExisting = ({ scope, place }: Pick<RestoreDraft, 'scope' | 'place'>): boolean =>
  scope !== 'all' || place === 'swap' || place === 'in_place';

/** Whether rows are replaced where they are, so that others wait for the safety backup, or are let write meanwhile. */
export const replacesRows = ({
  scope,
  place,
  mode,
}: Pick<RestoreDraft, 'scope' | 'place' | 'mode'>): boolean =>
  scope === 'all' ? place === 'in_place' : mode === 'replace' || mode === 'merge';

/** Whether only what was damaged between two backups is taken back. */
export const isMerge = ({ scope, mode }: Pick<RestoreDraft, 'scope' | 'mode'>): boolean =>
  scope !== 'all' && mode === 'merge';

/** Backups that may have been made after the damage: later than the chosen moment, the nearest first. */
export const laterThan = (row: BackupRow, moments: readonly BackupRow[]): BackupRow[] =>
  moments
    .filter((one) => one.atMs > row.atMs && one.heldBack === null && holdsDatabase({ row: one }))
    .toReversed();

/** The first of them that was made after the damage, as far as a person knows when that was. */
export const proposedAfter = (later: readonly BackupRow[], damageAtMs: number | null): string | null =>
  later.find(({ atMs }) => damageAtMs === null || atMs > damageAtMs)?.id ?? null;

/** What is missing before a plan can be made; absent when nothing is. */
export function missing(draft: RestoreDraft, ownGone = false): string | null {
  const { scope, tables, place, name, project, connection, into } = draft;
  if (scope === 'tables' && tables.size === 0) return 'Choose at least one table.';
  if (isMerge(draft) && draft.after === null) return 'Choose the backup that was made after the damage.';
  if (isIntoExisting(draft))
    return ownGone && into === null ? 'Choose the project whose database is meant.' : null;
  if (place === 'scratch') return null;
  if (place === 'other_project' && project === null) return 'Choose the project whose server is meant.';
  if (place === 'other_server' && connection === null) return 'Paste how the server is reached.';
  if (place === 'own_server' && ownGone) return 'Choose where it goes.';
  if (name.trim() === '') return 'Name the database to create.';
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX)
    return `Postgres cuts names after ${NAME_BYTES_MAX} bytes; choose a shorter one.`;
  return null;
}

/** The request of the contract. */
export function requestOf(draft: RestoreDraft, tables: readonly string[]): TargetRequest {
  const { scope, place, mode, makes, keepDays, into, name, project, connection, password } = draft;
  if (scope === 'tables') return { kind: 'tables', project: into, tables: [...tables], mode };
  if (scope === 'rows') return { kind: 'all_rows', project: into, mode: modeOf(draft), makes };
  if (place === 'swap') return { kind: 'swap', project: into, keepDays };
  if (place === 'in_place') return { kind: 'in_place', project: into };
  if (place === 'other_server' && connection)
    return { kind: 'other_server', name, connection, password: password === '' ? null : password };
  if (place === 'own_server') return { kind: 'new_database', name, project: null };
  if (place === 'other_project') return { kind: 'new_database', name, project };
  return { kind: 'scratch' };
}

/** The safer way to the rows that a replacing plan would bring back: add them, and touch nothing newer. */
export interface SaferWay {
  tables: string[];
  /** Rows that would come back; absent where counts alone cannot tell. */
  rows: number | null;
  words: string;
}

/** Named in the sentence; the rest is counted. */
const NAMED_MAX = 3;

/** Whether a table was compared by counts alone, which hides rows that went while others came. */
const byCounts = ({ rowsChanged }: PlannedTable): boolean => rowsChanged === null;

/** Offered where a plan would lose rows, and some of what it replaces lacks rows of the backup, or may. */
export function saferWay(plan: RestorePlanView): SaferWay | null {
  const replaces =
    plan.strategy === 'swap' ||
    plan.strategy === 'in_place' ||
    (plan.strategy === 'tables' && plan.mode === 'replace');
  if (!replaces || plan.restoreId !== null || plan.rowsLost === 0) return null;
  const unsure = plan.tables.filter(
    (table) => table.act === 'replace' && byCounts(table) && (table.rowsBack ?? 0) === 0,
  );
  const short = plan.tables
    .filter((table) => table.act === 'replace' && (table.rowsBack ?? 0) > 0)
    .toSorted((one, other) => (other.rowsBack ?? 0) - (one.rowsBack ?? 0));
  if (short.length > 0) {
    const named = short
      .slice(0, NAMED_MAX)
      .map((table) => counted(table.rowsBack, 'row', 'rows').concat(` of ${table.name}`));
    const rest = short.length - named.length;
    const list =
      rest > 0
        ? `${named.join(', ')} and of ${counted(rest, 'more table')}`
        : named.join(', ').replace(/, ([^,]+ of [^,]+)$/, ' and $1');
    const leftOut =
      unsure.length === 0
        ? ''
        : ` ${counted(unsure.length, 'table')} compared by counts alone ${unsure.length === 1 ? 'is' : 'are'} left out.`;
    return {
      tables: short.map(tableName),
      rows: short.some(byCounts) ? null : short.reduce((total, table) => total + (table.rowsBack ?? 0), 0),
      words: `Insert ${list}. No newer row is touched.${leftOut}`,
    };
  }
  if (unsure.length === 0) return null;
  return {
    tables: unsure.map(tableName),
    rows: null,
    words: `By their counts, no table lacks a row; ${counted(unsure.length, 'table')} could not be compared row by row. No newer row is touched.`,
  };
}
