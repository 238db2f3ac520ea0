import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';

import type { TableView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted } from '../../shared/format';
import { Block, Row } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { Note } from '../../shared/Panel';
import { SchemaTick } from '../../shared/SchemaTick';
import { Tick } from '../../shared/Tick';
import { AlongPanel } from './AlongPanel';
import { tableName } from './draft';
import step from './Step.module.css';
import classes from './TableChooser.module.css';

interface TableChooserProps {
  backupId: string;
  tables: readonly TableView[];
  /** Chosen tables, as `schema.name`; some may not be in this backup. */
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}

function columnsOf(
  chosen: ReadonlySet<string>,
  toggle: (name: string) => void,
): readonly Column<TableView>[] {
  return [
    {
      id: 'chosen',
      title: '',
      width: '1.25rem',
      render: (table) => (
        <Tick
          checked={chosen.has(tableName(table))}
          onChange={() => toggle(tableName(table))}
          onClick={(event) => event.stopPropagation()}
          tabIndex={-1}
          aria-label={`Restore ${tableName(table)}`}
        />
      ),
    },
    {
      id: 'table',
      title: 'Table',
      width: 'minmax(9rem, 1fr)',
      render: (table) => <code title={tableName(table)}>{table.name}</code>,
    },
    { id: 'rows', title: 'Rows', width: '7rem', align: 'end', render: (table) => count(table.rows) },
    {
      id: 'size',
      title: 'Size in the dump',
      width: '7rem',
      align: 'end',
      render: (table) => bytes(table.sizeBytes),
    },
  ];
}

const schemaOf = (table: TableView): string => table.schema;

/** Schema by schema; within one, the order of the backup: the largest first. */
const bySchema = (tables: readonly TableView[]): TableView[] =>
  tables.toSorted((one, other) => one.schema.localeCompare(other.schema));

function Gone({ gone }: { gone: readonly string[] }) {
  return (
    <Block bottom={3}>
      <Note
        state="warn"
        title={`${counted(gone.length, 'chosen table')} ${gone.length === 1 ? 'is' : 'are'} not in this backup.`}
      >
        {gone.slice(0, 5).join(', ')}
        {gone.length > 5 && ' …'} Choose another moment, or go on without.
      </Note>
    </Block>
  );
}

/** The tables of a backup to choose from, schema by schema, and what has to come along. */
export function TableChooser({ backupId, tables, chosen, onChange }: TableChooserProps) {
  const [text, setText] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const wanted = text.trim().toLowerCase();
  const sorted = useMemo(() => bySchema(tables), [tables]);
  const shown = useMemo(
    () =>
      wanted === '' ? sorted : sorted.filter((table) => tableName(table).toLowerCase().includes(wanted)),
    [sorted, wanted],
  );
  const names = useMemo(() => new Set(tables.map(tableName)), [tables]);
  const gone = useMemo(() => [...chosen].filter((name) => !names.has(name)), [chosen, names]);
  const inBackup = useMemo(() => new Set([...chosen].filter((name) => names.has(name))), [chosen, names]);
  const set = (change: (next: Set<string>) => void) => {
    const next = new Set(chosen);
    change(next);
    onChange(next);
  };
  const toggle = (name: string) => set((next) => (next.delete(name) ? undefined : next.add(name)));
  const setAll = (of: readonly TableView[], isOn: boolean) =>
    set((next) => of.forEach((table) => (isOn ? next.add(tableName(table)) : next.delete(tableName(table)))));
  const add = (all: readonly string[]) => set((next) => all.forEach((name) => next.add(name)));

  return (
    <div className={classes.columns}>
      <section aria-label="Tables of the backup">
        <Row gap={[2, 4]} justify="between" wraps top={6} bottom={2.5}>
          <h2>
            Tables{' '}
            <span className={list.count}>{`${count(inBackup.size)} of ${count(tables.length)} chosen`}</span>
          </h2>
          <Row gap={[2, 3]} wraps>
            <input
              className={step.field}
              type="search"
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              placeholder="Filter tables"
              aria-label="Filter tables by name"
              data-testid="filter-tables"
            />
            <Button
              onClick={() => setAll(shown, true)}
              disabled={shown.length === 0}
              data-testid="choose-shown"
            >
              {wanted ? `Choose these ${count(shown.length)}` : 'Choose all'}
            </Button>
            <Button onClick={() => onChange(new Set())} disabled={chosen.size === 0}>
              Choose none
            </Button>
          </Row>
        </Row>
        {gone.length > 0 && <Gone gone={gone} />}
        <DataList
          label="Tables of the backup, by schema, largest first"
          columns={columnsOf(chosen, toggle)}
          rows={shown}
          keyOf={tableName}
          groupOf={schemaOf}
          renderGroup={(schema) => (
            <SchemaTick
              schema={schema}
              tables={shown}
              ticked={chosen}
              wordOf={tableName}
              labelOf={(many) =>
                wanted === ''
                  ? `Restore all of ${schema}`
                  : `Restore the ${counted(many, 'table')} of ${schema} in sight`
              }
              testId={`schema-${schema}`}
              onSet={setAll}
            />
          )}
          rowRem={2.25}
          selection={{
            key: active,
            onSelect: setActive,
            onOpen: () => undefined,
            onToggle: (table) => toggle(tableName(table)),
            onClick: (table) => (setActive(tableName(table)), toggle(tableName(table))),
          }}
          foot={shown.length === 0 ? 'No table has that in its name.' : undefined}
        />
      </section>
      <AlongPanel backupId={backupId} chosen={inBackup} onAdd={add} />
    </div>
  );
}
