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

/** Whether a word means a table, by its own name or that of a table that it is a partition of. */
function means(word: string, table: TableToChooseView): boolean {
  const [schema, name] = split(word);
  return [[table.schema, table.name] as const, ...table.partitionOf.map(split)].some(
    ([ofSchema, ofName]) => fits(schema, ofSchema) && fits(name, ofName),
  );
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
  const isExact = (word: string) => all.every((table) => !means(word, table) || wanted.has(table));
  const words = before.filter(isExact);
  const left = new Set(meant.filter((table) => !words.some((word) => means(word, table))));
  for (const schema of new Set([...left].map((table) => table.schema))) {
    const own = all.filter((table) => table.schema === schema);
    const whole = `${escaped(schema)}.*`;
    const isWhole = hasSchemas && own.length > 1 && own.every((table) => left.has(table)) && isExact(whole);
    words.push(
      ...(isWhole
        ? [whole]
        : own
            .filter((table) => left.has(table))
            .map(tableWord)
            .filter(isExact)),
    );
  }
  return words;
}

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
