import { Block } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import type { Why } from './draft';
import classes from './Step.module.css';

/** What happened. The answer chooses ahead what is safe, and never more. */
export function WhyStep({
  project,
  why,
  onChoose,
}: {
  project: string;
  why: Why | null;
  onChoose: (why: Why) => void;
}) {
  return (
    <Block max={45}>
      <h1>What happened?</h1>
      <p className={classes.lead}>
        The answer chooses ahead in the steps that follow. It never chooses anything that replaces or deletes.
      </p>
      <Block top={6}>
        <RadioRows
          label="Why a backup comes back"
          name="restore-why"
          value={why}
          onChange={onChoose}
          rows={[
            {
              value: 'damaged',
              testId: 'why-damaged',
              title: 'A table was damaged',
              detail:
                'A bad update, a dropped column, a migration gone wrong. The tables come back beside those that are there.',
            },
            {
              value: 'missing_rows',
              testId: 'why-missing-rows',
              title: 'Some rows are missing',
              detail:
                'Somebody deleted too much. Rows whose key is missing are added; every row that is there stays.',
            },
            {
              value: 'go_back',
              testId: 'why-go-back',
              title: 'Go back in time',
              detail: <>All of {project}, as it was at one moment.</>,
            },
            {
              value: 'new_server',
              testId: 'why-new-server',
              title: 'Move to a new server',
              detail: 'The whole database, on a server that does not have it yet.',
            },
            {
              value: 'look',
              testId: 'why-look',
              title: 'Just let me look',
              detail: 'A private Postgres on this computer, for you alone. Nothing else is touched.',
            },
          ]}
        />
      </Block>
    </Block>
  );
}
