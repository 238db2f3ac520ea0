import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type FormEvent } from 'react';

import type { ProjectRow, TableToChooseView, TablesToChooseView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DataList, type Column } from '../../shared/DataList';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, count, counted } from '../../shared/format';
import { Block, Row, Stack, Text } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { SchemaTick } from '../../shared/SchemaTick';
import { Segmented } from '../../shared/Segmented';
import { Tick } from '../../shared/Tick';
import { tablesQuery } from './queries';
import { choiceOf, draftOf, tableWord, type Mode, type TablesDraft } from './tablesDraft';
import classes from './TablesDialog.module.css';

const MODES = [
  { value: 'all', label: 'Every table but those I untick', testId: 'tables-all' },
  { value: 'chosen', label: 'Only those I tick', testId: 'tables-chosen' },
] as const;

function columnsOf(
  taken: ReadonlySet<string>,
  toggle: (word: string) => void,
): readonly Column<TableToChooseView>[] {
  return [
    {
      id: 'taken',
      title: '',
      width: '1.25rem',
      render: (table) => (
        <Tick
          checked={taken.has(tableWord(table))}
          onChange={() => toggle(tableWord(table))}
          onClick={(event) => event.stopPropagation()}
          tabIndex={-1}
          aria-label={`Take the rows of ${table.schema}.${table.name}`}
          data-testid={`take-rows-${table.name}`}
        />
      ),
    },
    {
      id: 'table',
      title: 'Table',
      width: 'minmax(9rem, 1fr)',
      render: (table) => (
        <code title={`${table.schema}.${table.name}`}>
          {table.name}
          {!table.isReadable && <span className={classes.closed}> may not be read</span>}
        </code>
      ),
    },
    {
      id: 'rows',
      title: 'Rows, about',
      width: '7rem',
      align: 'end',
      render: (table) => (table.rowsEstimated === null ? '–' : count(table.rowsEstimated)),
    },
    { id: 'size', title: 'Size', width: '6rem', align: 'end', render: (table) => bytes(table.sizeBytes) },
  ];
}

interface ChoosingProps {
  view: TablesToChooseView;
  draft: TablesDraft;
  onChange: (draft: TablesDraft) => void;
}

function Choosing({ view, draft, onChange }: ChoosingProps) {
  const [text, setText] = useState('');
  const [active, setActive] = useState<string | null>(null);
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(
    () =>
      wanted === ''
        ? view.tables
        : view.tables.filter((table) => `${table.schema}.${table.name}`.toLowerCase().includes(wanted)),
    [view.tables, wanted],
  );
  const set = (tables: readonly string[], isOn: boolean) => {
    const taken = new Set(draft.taken);
    tables.forEach((word) => (isOn ? taken.add(word) : taken.delete(word)));
    onChange({ ...draft, taken });
  };
  const toggle = (word: string) => set([word], !draft.taken.has(word));
  return (
    <>
      <Row gap={[2, 3]} justify="between" wraps top={3} bottom={2}>
        <Segmented
          label="Which rows are taken"
          value={draft.mode}
          options={MODES}
          onChange={(mode: Mode) => onChange({ ...draft, mode })}
        />
        <input
          className={list.filter}
          type="search"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder="Filter tables"
          aria-label="Filter tables by name"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- its dialog opened before the tables were there
          autoFocus
          data-testid="filter-tables-taken"
        />
      </Row>
      <Text size="sm" tone="quiet" bottom={2}>
        {draft.mode === 'all'
          ? 'A table that comes later is taken too.'
          : 'A table that comes later is not taken, unless all tables of its schema are ticked.'}
      </Text>
      <div className={classes.list}>
        <DataList
          label="Tables of the database, by schema"
          columns={columnsOf(draft.taken, toggle)}
          rows={shown}
          keyOf={tableWord}
          groupOf={(table) => table.schema}
          renderGroup={(schema) => (
            <SchemaTick
              schema={schema}
              tables={shown}
              ticked={draft.taken}
              wordOf={tableWord}
              labelOf={(many) =>
                wanted === ''
                  ? `Take the rows of all of ${schema}`
                  : `Take the rows of the ${counted(many, 'table')} of ${schema} in sight`
              }
              testId={`take-schema-${schema}`}
              onSet={(tables, isOn) => set(tables.map(tableWord), isOn)}
            />
          )}
          rowRem={2.25}
          selection={{
            key: active,
            onSelect: setActive,
            onOpen: () => undefined,
            onToggle: (table) => toggle(tableWord(table)),
            onClick: (table) => (setActive(tableWord(table)), toggle(tableWord(table))),
          }}
          foot={shown.length === 0 ? 'No table has that in its name.' : undefined}
        />
      </div>
    </>
  );
}

/** What the ticks come to, and what is to be known of it. */
function Sum({ view, draft }: Pick<ChoosingProps, 'view' | 'draft'>) {
  const taken = view.tables.filter((table) => draft.taken.has(tableWord(table)));
  const size = (tables: readonly TableToChooseView[]) =>
    tables.reduce((sum, table) => sum + table.sizeBytes, 0);
  const closed = taken.filter((table) => !table.isReadable);
  return (
    <Stack gap={2} top={3}>
      <Text size="sm" data-testid="tables-sum">
        The rows of <b>{`${count(taken.length)} of ${counted(view.tables.length, 'table')}`}</b>,{' '}
        {bytes(size(taken))} of {bytes(size(view.tables))} on the server. The structure of the others is taken
        as well: a restore makes them, without rows.
      </Text>
      {closed.length > 0 && (
        <Note
          state="warn"
          title={`The project’s role may not read ${counted(closed.length, 'ticked table')}.`}
        >
          A backup would stop there. Untick what it may not read, or grant it on the server.
        </Note>
      )}
      {view.unmatched.length > 0 && (
        <Note state="warn" title="Chosen by name, and not there">
          {view.unmatched.join(', ')}
        </Note>
      )}
    </Stack>
  );
}

interface TablesDialogProps {
  project: Pick<ProjectRow, 'id' | 'name'>;
  onClose: () => void;
  onChosen: () => void;
}

function Content({ project, onClose, onChosen }: TablesDialogProps) {
  const { data: view, error, refetch } = useQuery(tablesQuery(project.id));
  const [changed, setChanged] = useState<TablesDraft | null>(null);
  const choose = useCommand('project_tables_choose', { onSuccess: onChosen });
  if (error)
    return <ErrorPanel error={error} title="The tables could not be read." onRetry={() => void refetch()} />;
  if (!view) return <LoadingLines what={`the tables of ${project.name}`} />;
  const draft = changed ?? draftOf(view);
  const choice = choiceOf(draft, view);
  const isNothing = draft.taken.size === 0;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!isNothing) choose.mutate({ project: project.id, choice });
  };
  return (
    <form onSubmit={onSubmit}>
      <Choosing view={view} draft={draft} onChange={setChanged} />
      <Sum view={view} draft={draft} />
      <Block top={3}>
        <Equivalent asked={{ of: 'project_tables', request: { project: project.name, choice } }} />
      </Block>
      {choose.error && <ErrorPanel error={choose.error} title="The choice is not kept." />}
      <Block top={5}>
        <DialogFoot reason={isNothing ? 'Tick at least one table.' : null}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={isNothing || changed === null}
            loading={choose.isPending}
            data-testid="choose-tables"
          >
            Back these up from now on
          </Button>
        </DialogFoot>
      </Block>
    </form>
  );
}

/** Which rows of its database the backups of a project take. */
export function TablesDialog(props: TablesDialogProps) {
  return (
    <Modal opened onClose={props.onClose} title={`Tables of ${props.project.name}`} size="46rem">
      <Content {...props} />
    </Modal>
  );
}
