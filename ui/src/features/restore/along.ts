import type { ForeignKeyView, TableReferencesView } from '../../ipc/bindings';

/** A table that chosen ones point to, and that is not chosen as a whole. */
export interface Parent {
  to: string;
  /** Who points to it, of those that are chosen. */
  from: string[];
  /** What of it is not chosen: the table itself, or its partitions. */
  missing: string[];
}

/** A table that points to chosen ones, and is not chosen itself. */
export interface Child {
  from: string;
  to: string[];
  missing: string[];
}

export interface Along {
  parents: Parent[];
  children: Child[];
  /** What has to be added so that no key points out of the choice, at any depth. */
  needed: string[];
}

const unique = (all: readonly string[]): string[] => [...new Set(all)];

function gather(
  keys: readonly ForeignKeyView[],
  nameOf: (key: ForeignKeyView) => string,
): [string, ForeignKeyView[]][] {
  const of = new Map<string, ForeignKeyView[]>();
  for (const key of keys) of.set(nameOf(key), [...(of.get(nameOf(key)) ?? []), key]);
  return [...of];
}

/** All tables that the chosen ones point to, and those that these point to; the chosen ones are among them. */
function closure(keys: readonly ForeignKeyView[], chosen: ReadonlySet<string>): Set<string> {
  const byTable = new Map<string, ForeignKeyView[]>();
  for (const key of keys)
    for (const table of key.fromRows) byTable.set(table, [...(byTable.get(table) ?? []), key]);
  const all = new Set(chosen);
  const open = [...chosen];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    for (const to of (byTable.get(table) ?? []).flatMap((key) => key.toRows)) {
      if (all.has(to)) continue;
      all.add(to);
      open.push(to);
    }
  }
  return all;
}

/** What chosen tables need beside them, and who needs them. */
export function alongOf({ keys }: Pick<TableReferencesView, 'keys'>, chosen: ReadonlySet<string>): Along {
  const has = (tables: readonly string[]) => tables.some((table) => chosen.has(table));
  const rest = (tables: readonly string[]) => tables.filter((table) => !chosen.has(table));
  const up = keys.filter((key) => has(key.fromRows) && rest(key.toRows).length > 0);
  const down = keys.filter((key) => has(key.toRows) && rest(key.fromRows).length > 0);
  return {
    parents: gather(up, (key) => key.to).map(([to, of]) => ({
      to,
      from: unique(of.map((key) => key.from)),
      missing: unique(of.flatMap((key) => rest(key.toRows))),
    })),
    children: gather(down, (key) => key.from).map(([from, of]) => ({
      from,
      to: unique(of.map((key) => key.to)),
      missing: unique(of.flatMap((key) => rest(key.fromRows))),
    })),
    needed: [...closure(keys, chosen)].filter((table) => !chosen.has(table)),
  };
}

/** A table without the schema that nearly all lie in. */
export const shortName = (table: string): string => table.replace(/^public\./, '');
