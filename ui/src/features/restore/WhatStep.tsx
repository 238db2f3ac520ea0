import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';

import type { TableView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted } from '../../shared/format';
import { Note } from '../../shared/Panel';
import { RadioRows } from '../../shared/RadioRows';
import { tableName, type RestoreDraft, type Scope } from './draft';
import step from './Step.module.css';
import classes from './WhatStep.module.css';

interface WhatStepProps {
  project: string;
  tables: readonly TableView[];
  draft: RestoreDraft;
  onChange: (change: Partial<RestoreDraft>) => void;
}

function columnsOf(chosen: ReadonlySet<string>, toggle: (name: string) => void): readonly Column<TableView>[] {
  return [
    {
      id: 'chosen',
      title: '',
      width: '1.25rem',
      render: (table) => (
        <input
          type="checkbox"
          className={classes.box}
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
      width: 'minmax(10rem, 1fr)',
      render: (table) => (
        <code title={tableName(table)}>
          <span className={step.schema}>{table.schema}.</span>
          {table.name}
        </code>
      ),
    },
    { id: 'rows', title: 'Rows', width: '7rem', align: 'end', render: (table) => count(table.rows) },
    { id: 'size', title: 'Size in the dump', width: '7.5rem', align: 'end', isSecondary: true, render: (table) => bytes(table.sizeBytes) },
  ];
}

function Chooser({ tables, draft, onChange }: Omit<WhatStepProps, 'project'>) {
  const [text, setText] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(() => tables.filter((table) => tableName(table).toLowerCase().includes(wanted)), [tables, wanted]);
  const names = useMemo(() => new Set(tables.map(tableName)), [tables]);
  const gone = useMemo(() => [...draft.tables].filter((name) => !names.has(name)), [draft.tables, names]);
  const chosen = draft.tables.size - gone.length;
  const set = (change: (next: Set<string>) => void) => {
    const next = new Set(draft.tables);
    change(next);
    onChange({ tables: next });
  };
  const toggle = (name: string) => set((next) => (next.delete(name) ? undefined : next.add(name)));

  return (
    <section aria-label="Tables of the backup">
      <div className={step.head}>
        <h2>
          Tables <span className={classes.count}>{`${count(chosen)} of ${count(tables.length)} chosen`}</span>
        </h2>
        <div className={step.tools}>
          <input className={step.field} type="search" value={text} onChange={(event) => setText(event.currentTarget.value)} placeholder="Filter tables" aria-label="Filter tables by name" data-testid="filter-tables" />
          <Button onClick={() => set((next) => shown.forEach((table) => next.add(tableName(table))))} disabled={shown.length === 0} data-testid="choose-shown">
            {wanted ? `Choose these ${count(shown.length)}` : 'Choose all'}
          </Button>
          <Button onClick={() => onChange({ tables: new Set() })} disabled={draft.tables.size === 0}>
            Choose none
          </Button>
        </div>
      </div>
      {gone.length > 0 && (
        <div className={classes.gone}>
          <Note state="warn" title={`${counted(gone.length, 'chosen table')} ${gone.length === 1 ? 'is' : 'are'} not in this backup.`}>
            {gone.slice(0, 5).join(', ')}
            {gone.length > 5 && ' …'} Choose another moment, or go on without.
          </Note>
        </div>
      )}
      <DataList
        label="Tables of the backup, largest first"
        columns={columnsOf(draft.tables, toggle)}
        rows={shown}
        keyOf={tableName}
        rowRem={2.25}
        selection={{ key: active, onSelect: setActive, onOpen: () => undefined, onToggle: (table) => toggle(tableName(table)), onClick: (table) => (setActive(tableName(table)), toggle(tableName(table))) }}
        foot={shown.length === 0 ? 'No table has that in its name.' : undefined}
      />
    </section>
  );
}

/** Everything, or some tables; and what has to come along, in words. */
export function WhatStep({ project, tables, draft, onChange }: WhatStepProps) {
  return (
    <div className={step.wide}>
      <h1>What should come back?</h1>
      <p className={step.lead}>The backup holds {counted(tables.length, 'table')} of {project}.</p>
      <div className={step.options}>
        <RadioRows<Scope>
          label="What comes back"
          name="restore-scope"
          value={draft.scope}
          onChange={(scope) => onChange({ scope })}
          rows={[
            { value: 'all', testId: 'what-all', title: 'Everything', aside: counted(tables.length, 'table'), detail: 'The whole database, into a place of its own or in the place of the one in use.' },
            {
              value: 'tables',
              testId: 'what-tables',
              title: 'Some tables',
              isOff: tables.length === 0,
              detail: tables.length === 0 ? 'This backup holds no table.' : 'Their rows, into the database in use: beside the tables there, only what is missing, or in their place.',
            },
          ]}
        />
      </div>
      <p className={classes.along} data-testid="comes-along">
        <b>What comes along.</b>{' '}
        {draft.scope === 'all'
          ? 'Schemas, types, functions, views, sequences, indexes, constraints, triggers and large objects, and the rights where the roles exist.'
          : 'Each table comes with its rows alone. Tables that its foreign keys point to do not follow: choose them too, where their rows are gone as well. Where rows go into tables in use, every such key is checked before anything is committed: one row without its parent, and nothing changes.'}
      </p>
      {draft.scope === 'tables' && <Chooser tables={tables} draft={draft} onChange={onChange} />}
    </div>
  );
}
