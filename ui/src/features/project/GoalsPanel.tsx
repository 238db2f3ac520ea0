import { Equivalent } from '../../shared/Equivalent';
import { Section } from '../../shared/PageHeader';
import type { ProjectRow } from '../../ipc/bindings';
import { AssertionDraft } from './AssertionDraft';
import { AssertionList } from './AssertionList';
import classes from './GoalsPanel.module.css';
import { GoalsSection } from './goals';
import { SchedulePanel } from './schedule';
import { hasSource } from '../../shared/source';

/** What a project is held to: how much may be lost, how soon it has to be back, what has to be true of it. */
export function GoalsPanel({ row }: { row: ProjectRow }) {
  return (
    <div className={classes.panel}>
      <GoalsSection project={row} />
      {hasSource(row) && <SchedulePanel project={row} />}
      <Section title="What has to be true of what comes back">
        <p className={classes.lead}>
          Queries of your own, each with one expectation: it returns no row, or a single true. Drills and
          restores ask them of what came back, in a transaction that may only read; the project itself is
          never asked.
        </p>
        <AssertionList project={row.id} />
        <AssertionDraft project={row.id} />
      </Section>
      <Section title="A program of your own">
        <p className={classes.lead}>
          A drill can start a program that looks at the database too, an application’s own check for instance.
          It finds the database in <code>DATABASE_URL</code> and the <code>PG</code> variables, and its exit
          status decides: 0 passes. It runs with the rights of your account, so it is named on the command
          line, for each drill anew.
        </p>
        <div className={classes.command}>
          <Equivalent
            asked={{
              of: 'drill_run',
              request: {
                reference: row.name,
                dataOnly: false,
                tables: [],
                on: null,
                program: './check-the-app',
              },
            }}
          />
        </div>
      </Section>
    </div>
  );
}
