import { IconPlus } from '@tabler/icons-react';

import type { PlannedTable, RestorePlanView } from '../../ipc/bindings';
import { CommandLine } from '../../shared/CommandLine';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, counted, LEVEL_WORDS } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import classes from './PreviewStep.module.css';

const COLUMNS: readonly Column<PlannedTable>[] = [
  {
    id: 'table',
    title: 'Table',
    width: 'minmax(10rem, 1fr)',
    render: (table) => (
      <code title={`${table.schema}.${table.name}`}>
        <span className={classes.schema}>{table.schema}.</span>
        {table.name}
      </code>
    ),
  },
  { id: 'rows', title: 'Rows in the backup', width: '9rem', align: 'end', render: (table) => count(table.rows) },
  { id: 'size', title: 'Size in the dump', width: '8rem', align: 'end', isSecondary: true, render: (table) => bytes(table.sizeBytes) },
  {
    id: 'act',
    title: 'What happens',
    width: '7rem',
    render: (table) => (
      <span className={classes.act}>
        {table.act === 'create' && <IconPlus size={14} stroke={1.75} aria-hidden />}
        {table.act.replace(/^./, (letter) => letter.toUpperCase())}
      </span>
    ),
  },
];

const keyOf = (table: PlannedTable) => `${table.schema}.${table.name}`;

function Counts({ plan }: { plan: RestorePlanView }) {
  return (
    <dl className={classes.counts}>
      <div>
        <dt>Create</dt>
        <dd>
          {count(plan.tables.length)}
          <span>{plan.tables.length === 1 ? 'table' : 'tables'}</span>
        </dd>
      </div>
      <div>
        <dt>With</dt>
        <dd>
          {count(plan.rows)}
          <span>rows</span>
        </dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>
          {bytes(plan.sizeBytes).split(' ')[0]}
          <span>{bytes(plan.sizeBytes).split(' ')[1]} of dump</span>
        </dd>
      </div>
      <div className={classes.gap} />
      <div>
        <dt>Replace or delete</dt>
        <dd>
          0<span>tables</span>
        </dd>
      </div>
      <div>
        <dt>Leave alone</dt>
        <dd>
          {count(plan.keptDatabases.length)}
          <span>{plan.keptDatabases.length === 1 ? 'database' : 'databases'}</span>
        </dd>
      </div>
    </dl>
  );
}

/** The sentence of the preview: what applying the plan would do, or that it cannot. */
export function previewSentence(plan: RestorePlanView): string {
  if (plan.blockers.length > 0) return 'This plan cannot be applied.';
  return `${counted(plan.tables.length, 'table')} would be created, nothing is changed.`;
}

/** The plan word for word: what would be created, where, and what is left alone. */
export function PreviewStep({ plan, isStale }: { plan: RestorePlanView; isStale: boolean }) {
  const isBlocked = plan.blockers.length > 0;
  return (
    <div className={classes.inner}>
      <h1 className={classes.title}>
        {isBlocked && <StateIcon state="danger" size={24} />}
        {previewSentence(plan)}
      </h1>
      <p className={classes.lead}>
        Creates <b>{plan.targetDatabase}</b> on <Words text={plan.target} /> from the backup of <Moment ms={plan.atMs} /> of {plan.project}
        {plan.level ? `, proof: ${LEVEL_WORDS[plan.level].toLowerCase()}` : ', which is not proven yet'}.
      </p>
      <Counts plan={plan} />
      <div className={classes.notes}>
        {isStale && (
          <Note state="warn" title="The plan is out of date.">
            What it saw may have changed since. Make it again to go on.
          </Note>
        )}
        {isBlocked && (
          <Note state="danger" title={plan.blockers.length === 1 ? 'One thing forbids it.' : `${plan.blockers.length} things forbid it.`} testId="plan-blockers">
            {plan.blockers.map((blocker) => (
              <p key={blocker}>{blocker}</p>
            ))}
          </Note>
        )}
        {plan.warnings.length > 0 && (
          <Note state="warn" title="To consider">
            {plan.warnings.map((warning) => (
              <p key={warning}>{warning}</p>
            ))}
          </Note>
        )}
      </div>
      <div className={classes.columns}>
        <section>
          <h2>What happens, in order</h2>
          <ol className={classes.steps}>
            {plan.steps.map((step) => (
              <li key={step}>
                <span>
                  <Words text={step} />
                </span>
              </li>
            ))}
          </ol>
        </section>
        <aside>
          <h2>The target</h2>
          <KeyValue
            rows={[
              { name: 'Where', value: <Words text={plan.target} />, note: plan.targetLabel ?? undefined },
              { name: 'Creates', value: <code>{plan.targetDatabase}</code> },
              { name: 'Leaves alone', value: plan.keptDatabases.length === 0 ? 'there is no other database' : plan.keptDatabases.join(', ') },
              { name: 'Space', value: `${bytes(plan.neededBytes)} needed`, note: plan.freeBytes === null ? 'what is free there cannot be known' : `${bytes(plan.freeBytes)} free` },
            ]}
          />
        </aside>
      </div>
      <div className={classes.head}>
        <h2>Tables</h2>
      </div>
      <DataList label="Tables that would be created" columns={COLUMNS} rows={plan.tables} keyOf={keyOf} rowRem={2.25} />
      <div className={classes.command}>
        <CommandLine command={plan.command} />
      </div>
    </div>
  );
}
