import type { TableView } from '../../ipc/bindings';
import { counted } from '../../shared/format';
import { Block } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import type { RestoreDraft, Scope } from './draft';
import step from './Step.module.css';
import { TableChooser } from './TableChooser';
import classes from './WhatStep.module.css';

interface WhatStepProps {
  project: string;
  backupId: string;
  tables: readonly TableView[];
  draft: RestoreDraft;
  onChange: (change: Partial<RestoreDraft>) => void;
}

/** Everything, or some tables; and what has to come along. */
export function WhatStep({ project, backupId, tables, draft, onChange }: WhatStepProps) {
  return (
    <div className={step.wide}>
      <h1>What should come back?</h1>
      <p className={step.lead}>
        The backup holds {counted(tables.length, 'table')} of {project}.
      </p>
      <Block top={6}>
        <RadioRows<Scope>
          label="What comes back"
          name="restore-scope"
          value={draft.scope}
          onChange={(scope) => onChange({ scope })}
          rows={[
            {
              value: 'all',
              testId: 'what-all',
              title: 'Everything',
              aside: counted(tables.length, 'table'),
              detail: 'The whole database, into a place of its own or in the place of the one in use.',
            },
            {
              value: 'rows',
              testId: 'what-rows',
              title: 'All rows, and nothing else',
              isOff: tables.length === 0,
              detail:
                tables.length === 0
                  ? 'This backup holds no table.'
                  : 'Into the tables that are there, as far as the role may write them. Tables, functions and rights stay as they are. It works where no superuser is at hand, as with most providers.',
            },
            {
              value: 'tables',
              testId: 'what-tables',
              title: 'Some tables',
              isOff: tables.length === 0,
              detail:
                tables.length === 0
                  ? 'This backup holds no table.'
                  : 'Their rows, into the database in use: beside the tables there, only what is missing, or in their place.',
            },
          ]}
        />
      </Block>
      <p className={classes.along} data-testid="comes-along">
        <b>What comes along.</b>{' '}
        {draft.scope === 'all'
          ? 'Schemas, types, functions, views, sequences, indexes, constraints, triggers and large objects, and the rights where the roles exist.'
          : 'Each table comes with its rows alone. Where rows go into tables in use, all foreign keys are checked before anything is committed: one row without its parent, and nothing changes.'}
      </p>
      {draft.scope === 'tables' && (
        <TableChooser
          backupId={backupId}
          tables={tables}
          chosen={draft.tables}
          onChange={(chosen) => onChange({ tables: chosen })}
        />
      )}
    </div>
  );
}
