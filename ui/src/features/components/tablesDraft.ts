import type { TableChoiceView, TableToChooseView, TablesToChooseView } from '../../ipc/bindings';

/** Whether new tables are taken by default, or only those that are named. */
export type Mode = 'all' | 'chosen';

export interface TablesDraft {
  mode: Mode;
  /** Tables whose rows are taken, as `tableWord` writes them. */
  taken: ReadonlySet<string>;
}

const escaped = (name: string) => name.replaceAll('\\', '\\\\').replaceAll('.', '\\.');

/** A table in one word, as the command line reads it: a dot within a name has a backslash before it. */
export const tableWord = ({ schema, name }: Pick<TableToChooseView, 'schema' | 'name'>): string =>
  `${escaped(schema)}.${escaped(name)}`;

/** Schema and name of such a word; without a schema, `public`. */
function split(word: string): [string, string] {
  const parts = [''];
  for (let at = 0; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    const next = word[at + 1];
    if (letter === '\\' && (next === '.' || next === '\\')) {
      parts[parts.length - 1] += next;
      at += 1;
    } else if (letter === '.' && parts.length === 1) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  const name = parts.pop() ?? '';
  return [parts.pop() ?? 'public', name];
}

const fits = (wanted: string, name: string) =>
  wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;

/** Which tables a word means, by their own names or those of tables that they are partitions of. */
function meaning(word: string): (table: TableToChooseView) => boolean {
  const [schema, name] = split(word);
  const isIt = (ofSchema: string, ofName: string) => fits(schema, ofSchema) && fits(name, ofName);
  return (table) =>
    isIt(table.schema, table.name) || table.partitionOf.some((parent) => isIt(...split(parent)));
}

/** What is chosen now, as ticks. */
export const draftOf = (view: TablesToChooseView): TablesDraft => ({
  mode: view.choice.only.length > 0 ? 'chosen' : 'all',
  taken: new Set(view.tables.filter((table) => table.isTaken).map(tableWord)),
});

/**
 * Words that mean these tables and no other of those that are there: those of before that still do, and single tables;
 * whole schemas, where tables that come later in them are meant too. What no word means alone is left to the others.
 */
function wordsOf(
  meant: readonly TableToChooseView[],
  all: readonly TableToChooseView[],
  before: readonly string[],
  hasSchemas: boolean,
): string[] {
  const wanted = new Set(meant);
  const isExact = (word: string) => {
    const isMeant = meaning(word);
    return all.every((table) => !isMeant(table) || wanted.has(table));
  };
  const words = before.filter(isExact);
  const meanings = words.map(meaning);
  const left = meant.filter((table) => !meanings.some((isMeant) => isMeant(table)));
  for (const [schema, own] of bySchema(left)) {
    const whole = `${escaped(schema)}.*`;
    const isWhole =
      hasSchemas && own.length > 1 && isExact(whole) && all.every(isOther(schema, new Set(own)));
    // The name of a table means it alone, unless it ends as a word does that means more.
    const single = own.map(tableWord).filter((word) => !/\*(\.|$)/.test(word) || isExact(word));
    words.push(...(isWhole ? [whole] : single));
  }
  return words;
}

function bySchema(tables: readonly TableToChooseView[]): Map<string, TableToChooseView[]> {
  const groups = new Map<string, TableToChooseView[]>();
  for (const table of tables) {
    const group = groups.get(table.schema);
    if (group) group.push(table);
    else groups.set(table.schema, [table]);
  }
  return groups;
}

/** Whether a table is of another schema, or one of these. */
const isOther = (schema: string, own: ReadonlySet<TableToChooseView>) => (table: TableToChooseView) =>
  table.schema !== schema || own.has(table);

/** The choice that these ticks are. */
export function choiceOf(draft: TablesDraft, view: TablesToChooseView): TableChoiceView {
  const { tables, choice } = view;
  const taken = tables.filter((table) => draft.taken.has(tableWord(table)));
  if (draft.mode === 'chosen') return { only: wordsOf(taken, tables, choice.only, true), withoutRows: [] };
  const left = tables.filter((table) => !draft.taken.has(tableWord(table)));
  return { only: [], withoutRows: wordsOf(left, tables, choice.withoutRows, false) };
}

/** What is taken, as a sentence. */
export function choiceWords({ only, withoutRows }: TableChoiceView): string {
  const named = (words: readonly string[]) =>
    words.length > 4 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');
  const taken = only.length === 0 ? 'the rows of every table' : `the rows of ${named(only)}`;
  if (withoutRows.length === 0) return taken;
  return only.length === 0
    ? `the rows of every table but ${named(withoutRows)}`
    : `${taken}, without ${named(withoutRows)}`;
}
