import type { AuditEntryView } from '../../ipc/bindings';
import type { Column } from '../../shared/DataList';
import { clock, count, exactMoment } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import classes from './AuditPage.module.css';
import { aboutOf, factsOf, toneOf } from './words';

function Act({ entry }: { entry: AuditEntryView }) {
  const tone = toneOf(entry.act);
  return (
    <Text as="span" block shrinks>
      <span className={classes.title} title={entry.act}>
        <span>{entry.title}</span>
        {tone && <StateIcon state={tone} size={14} />}
      </span>
      <span className={classes.sub}>
        {entry.who}@{entry.host}, {entry.origin}
      </span>
    </Text>
  );
}

/** Columns of the log. */
export const AUDIT_COLUMNS: readonly Column<AuditEntryView>[] = [
  {
    id: 'time',
    title: 'Time',
    width: '4.25rem',
    render: (entry) => (
      <Text as="span" figures title={exactMoment(entry.atMs)}>
        {clock(entry.atMs, true)}
      </Text>
    ),
  },
  { id: 'act', title: 'Act', width: 'minmax(13rem, 1fr)', render: (entry) => <Act entry={entry} /> },
  {
    id: 'about',
    title: 'About',
    width: 'minmax(9rem, 0.9fr)',
    render: (entry) => <span title={aboutOf(entry)}>{aboutOf(entry)}</span>,
  },
  {
    id: 'facts',
    title: 'Details',
    width: 'minmax(9rem, 1.2fr)',
    isSecondary: true,
    render: (entry) => (
      <Text as="span" tone="soft" title={factsOf(entry)}>
        {factsOf(entry) || '–'}
      </Text>
    ),
  },
  { id: 'seq', title: 'Entry', width: '4rem', align: 'end', render: (entry) => count(entry.seq) },
];
