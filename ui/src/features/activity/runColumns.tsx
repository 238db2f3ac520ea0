import type { JobRow } from '../../ipc/bindings';
import type { Column } from '../../shared/DataList';
import { clock, elapsed, exactMoment, sentence } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { StateIcon, stateOfJob } from '../../shared/StateIcon';
import classes from './ActivityPage.module.css';
import { STATE_WORDS } from './words';

const began = (row: JobRow) => row.startedAtMs ?? row.createdAtMs;
const took = (row: JobRow) =>
  row.startedAtMs === null || row.finishedAtMs === null
    ? null
    : Math.max(0, row.finishedAtMs - row.startedAtMs);

/** Columns of the list of runs. */
export const RUN_COLUMNS: readonly Column<JobRow>[] = [
  {
    id: 'time',
    title: 'Time',
    width: '3.25rem',
    render: (row) => (
      <Text as="span" figures title={exactMoment(began(row))}>
        {clock(began(row))}
      </Text>
    ),
  },
  {
    id: 'run',
    title: 'Run',
    width: 'minmax(12rem, 1fr)',
    render: (row) => (
      <span className={classes.title}>
        <StateIcon state={stateOfJob(row.state)} size={18} />
        <span>
          <Text as="span" block weight="medium" clip title={row.title}>
            {row.title}
          </Text>
          <span className={classes.sub}>
            <span className={`tone-${row.waitsFor === null ? stateOfJob(row.state) : 'warn'}`}>
              {row.waitsFor === null ? STATE_WORDS[row.state] : 'waits for you'}
            </span>{' '}
            · {row.trigger}
          </span>
        </span>
      </span>
    ),
  },
  {
    id: 'outcome',
    title: 'What it came to',
    width: 'minmax(10rem, 1.3fr)',
    render: (row) => {
      const words = row.outcome ? sentence(row.outcome) : '–';
      return (
        <Text as="span" tone="soft" title={words}>
          {words}
        </Text>
      );
    },
  },
  { id: 'project', title: 'Project', width: '9rem', isSecondary: true, render: (row) => row.project ?? '–' },
  { id: 'took', title: 'Took', width: '6rem', align: 'end', render: (row) => elapsed(took(row)) },
];
