import { Link } from '@tanstack/react-router';
import type { RemoteBackupView } from '../../ipc/bindings';
import type { Column } from '../../shared/DataList';
import { bytes, clock, day, exactMoment, moment, span, UNKNOWN } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import { Tick } from '../../shared/Tick';
import css from './Platform.module.css';
import { stateOf } from './words';

function Expires({ row, now }: { row: RemoteBackupView; now: number }) {
  if (row.expiresAtMs === null)
    return (
      <Text as="span" tone="quiet">
        {UNKNOWN}
      </Text>
    );
  const left = row.expiresAtMs - now;
  if (!row.isExpiring) return <span title={exactMoment(row.expiresAtMs)}>{day(row.expiresAtMs, now)}</span>;
  return (
    <span className={css.state} title={exactMoment(row.expiresAtMs)}>
      <StateIcon state="warn" size={14} />
      <span className="tone-warn">{left <= 0 ? 'gone by now' : `in ${span(left)}`}</span>
    </span>
  );
}

function Here({ row }: { row: RemoteBackupView }) {
  if (row.backupId !== null)
    return (
      <Link to="/backup/$id" params={{ id: row.backupId }} onClick={(event) => event.stopPropagation()}>
        here, see it
      </Link>
    );
  if (!row.canDownload)
    return (
      <Text as="span" tone="quiet" title={row.noDownload ?? undefined}>
        {row.noDownload ?? 'cannot be pulled'}
      </Text>
    );
  return (
    <Text as="span" weight="medium">
      not here yet
    </Text>
  );
}

/** Columns of the backups of a platform; what it says of them is its claim. */
export function remoteColumns(
  now: number,
  ticked: ReadonlySet<string>,
  toggle: (row: RemoteBackupView) => void,
): readonly Column<RemoteBackupView>[] {
  return [
    {
      id: 'tick',
      title: '',
      width: '1.25rem',
      render: (row) => (
        <Tick
          checked={ticked.has(row.id)}
          onChange={() => toggle(row)}
          onClick={(event) => event.stopPropagation()}
          tabIndex={-1}
          aria-label={`Choose the backup of ${moment(row.createdAtMs, now)}`}
        />
      ),
    },
    {
      id: 'time',
      title: 'Time',
      width: '6.5rem',
      render: (row) =>
        row.createdAtMs === null ? (
          UNKNOWN
        ) : (
          <span title={exactMoment(row.createdAtMs)}>
            {day(row.createdAtMs, now)} {clock(row.createdAtMs)}
          </span>
        ),
    },
    { id: 'kind', title: 'Kind', width: '5.5rem', render: (row) => row.kind },
    { id: 'size', title: 'Size', width: '5rem', align: 'end', render: (row) => bytes(row.sizeBytes) },
    {
      id: 'state',
      title: 'State there',
      width: 'minmax(8rem, 1fr)',
      render: (row) => {
        const { state, words } = stateOf(row);
        const text = row.said === null ? words : `${words}: ${row.said}`;
        // What its platform calls done is a claim, so it gets no mark of ours.
        if (state === 'idle')
          return (
            <Text as="span" tone="quiet">
              {text}
            </Text>
          );
        return (
          <span className={css.state} title={text}>
            <StateIcon state={state} size={14} percent={row.percent} />
            <Text as="span" shrinks clip>
              {text}
            </Text>
          </span>
        );
      },
    },
    {
      id: 'sealed',
      title: 'Encrypted',
      width: '5.5rem',
      isSecondary: true,
      render: (row) => (
        <Text as="span" tone="quiet">
          {row.isEncrypted === null ? 'not said' : row.isEncrypted ? 'yes' : 'no'}
        </Text>
      ),
    },
    {
      id: 'expires',
      title: 'Expires there',
      width: '7rem',
      render: (row) => <Expires row={row} now={now} />,
    },
    { id: 'here', title: 'Here?', width: 'minmax(7rem, 0.8fr)', render: (row) => <Here row={row} /> },
  ];
}
