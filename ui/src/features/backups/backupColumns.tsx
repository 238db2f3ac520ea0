import type { BackupRow } from '../../ipc/bindings';
import type { Column } from '../../shared/DataList';
import { bytes, clock, count, exactMoment, moment } from '../../shared/format';
import { Holds } from '../../shared/Holds';
import { Text } from '../../shared/Layout';
import { ProofBadge } from '../../shared/ProofBadge';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import classes from './backupColumns.module.css';
import { Kept } from './Kept';
import { whyOf, worthOf } from './backupFilter';

function Why({ row }: { row: BackupRow }) {
  const { title, by } = whyOf(row);
  const worth = worthOf(row);
  return (
    <>
      <span className={classes.two} title={title}>
        <Words text={title} />
      </span>
      {worth === null ? (
        <span className={classes.sub} title={by}>
          {by}
        </span>
      ) : (
        <span className={classes.worth} title={worth} data-testid={`worth-${row.id}`}>
          {worth}
        </span>
      )}
    </>
  );
}

/** Columns of the list of backups; the day is in the heading above. */
export const BACKUP_COLUMNS: readonly Column<BackupRow>[] = [
  {
    id: 'time',
    title: 'Time',
    width: '3.25rem',
    render: (row) => (
      <Text as="span" weight="medium" figures title={exactMoment(row.atMs)}>
        {clock(row.atMs)}
      </Text>
    ),
  },
  { id: 'why', title: 'Why', width: 'minmax(8rem, 1fr)', render: (row) => <Why row={row} /> },
  {
    id: 'holds',
    title: 'Holds',
    width: 'minmax(4.5rem, 9.5rem)',
    render: (row) => <Holds components={row.components} />,
  },
  {
    id: 'size',
    title: 'Size',
    width: '6rem',
    align: 'end',
    render: (row) => (
      <>
        {bytes(row.sizeBytes)}
        <span className={classes.sub}>+{bytes(row.addedBytes)}</span>
      </>
    ),
  },
  {
    id: 'schema',
    title: 'Schema',
    width: '4.75rem',
    isSecondary: true,
    render: (row) =>
      row.migration ? (
        <code title={row.migration}>{row.migration}</code>
      ) : (
        <Text as="span" tone="quiet">
          –
        </Text>
      ),
  },
  {
    id: 'proof',
    title: 'Proof',
    width: '8.25rem',
    render: (row) => (
      <ProofBadge
        level={row.level}
        last={row.lastProof}
        note={row.lastProof ? moment(row.lastProof.atMs) : 'never verified'}
      />
    ),
  },
  { id: 'kept', title: 'Kept until', width: '7.5rem', render: (row) => <Kept backup={row.id} /> },
  {
    id: 'warnings',
    title: 'Warnings',
    width: '4rem',
    align: 'end',
    render: (row) =>
      row.warnings > 0 && (
        <span className={classes.warnings}>
          <StateIcon state="warn" size={14} />
          {count(row.warnings)}
        </span>
      ),
  },
];

/** The same for the whole vault, with the project that each belongs to. */
export const VAULT_COLUMNS: readonly Column<BackupRow>[] = [
  ...BACKUP_COLUMNS.slice(0, 1),
  {
    id: 'project',
    title: 'Project',
    width: 'minmax(6rem, 11rem)',
    render: (row) => (
      <span className={classes.two} title={row.project}>
        {row.project}
      </span>
    ),
  },
  ...BACKUP_COLUMNS.slice(1).filter(({ id }) => id !== 'schema'),
];
