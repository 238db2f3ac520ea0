import type { ProjectRow } from '../../ipc/bindings';
import { Equivalent } from '../../shared/Equivalent';
import { Block, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { AssertionDraft } from './AssertionDraft';
import { AssertionList } from './AssertionList';

/** What has to be true of what comes back, asked by queries or by a program of one's own. */
export function AssertionsPanel({ row }: { row: ProjectRow }) {
  return (
    <>
      <Section title="What has to be true of what comes back">
        <Text max={46} tone="soft" size="sm" leading={1.45}>
          Queries of your own, each with one expectation: it returns no row, or a single true. Drills and
          restores ask them of what came back, in a transaction that may only read; the project itself is
          never asked.
        </Text>
        <AssertionList project={row.id} />
        <AssertionDraft project={row.id} />
      </Section>
      <Section title="A program of your own">
        <Text max={46} tone="soft" size="sm" leading={1.45}>
          A drill can start a program that looks at the database too, an application’s own check for instance.
          It finds the database in <code>DATABASE_URL</code> and the <code>PG</code> variables, and its exit
          status decides: 0 passes. It runs with the rights of your account, so it is named on the command
          line, for each drill anew.
        </Text>
        <Block top={3} max={46}>
          <Equivalent
            asked={{
              of: 'drill_run',
              request: {
                reference: row.name,
                dataOnly: false,
                image: null,
                tables: [],
                on: null,
                program: './check-the-app',
              },
            }}
          />
        </Block>
      </Section>
    </>
  );
}
