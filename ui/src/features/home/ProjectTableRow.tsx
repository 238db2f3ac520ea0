import { Link, useNavigate } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import type { ProjectRow } from '../../ipc/bindings';
import { DayStrip } from '../../shared/DayStrip';
import { counted, elapsed, sentence } from '../../shared/format';
import { Row } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { ProofBadge } from '../../shared/ProofBadge';
import { RecoveryGauge } from '../../shared/RecoveryGauge';
import { StateIcon } from '../../shared/StateIcon';
import { NextRun } from './NextRun';
import css from './ProjectTable.module.css';
import { stateWords } from './words';

type Props = { row: ProjectRow; index: number };

/** `Postgres 15.8 at db.shop.example:5432`. Where it is narrow, the host is what is left. */
function Place({ place }: { place: string }) {
  const at = place.lastIndexOf(' at ');
  if (at < 0) return place;
  return (
    <>
      <span className={css.version}>{place.slice(0, at)} at </span>
      {place.slice(at + ' at '.length)}
    </>
  );
}

/** How many copies there are, as a figure and a word; where they are is in the title. */
function Copies({ row: { copies, backups } }: { row: ProjectRow }) {
  const kept = backups === 0 ? 'no backup' : counted(backups, 'backup');
  if (copies === null) return <span className={css.sub}>{kept}</span>;
  const { have, wanted, areEnough, places, behind, each } = copies;
  const late = behind.length > 0 ? ` Behind: ${behind.join(', ')}.` : '';
  return (
    <span title={[`${sentence(places)}${late}`, ...each].join('\n')} data-testid="copies">
      <span className={`num ${areEnough ? '' : 'tone-warn'}`}>
        {have} of {wanted}
      </span>
      <span className={css.sub}>{kept}</span>
    </span>
  );
}

/** One project on the home screen; the whole row is the target, the name is its link. */
export const ProjectTableRow = memo(function ProjectTableRow({ row, index }: Props) {
  const navigate = useNavigate();
  const open = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('a') !== null) return;
    void navigate({ to: '/project/$id', params: { id: row.id } });
  };
  const best = row.bestProof;
  return (
    <tr onClick={open} aria-rowindex={index + 2} data-testid={`project-${row.name}`}>
      <th scope="row">
        <Row gap={2.5} sign={0.25} align="stretch">
          <StateIcon state={row.state} size={18} percent={row.job?.percent} />
          <div className={css.words}>
            <Link className={css.name} to="/project/$id" params={{ id: row.id }} title={row.name}>
              {row.name}
            </Link>
            <span className={css.sub} title={row.place}>
              <span className={`tone-${row.state}`}>{stateWords(row)}</span> ·{' '}
              {row.isSample ? 'sample, ' : ''}
              <Place place={row.place} />
            </span>
          </div>
        </Row>
      </th>
      <td className={css.gauge}>
        <RecoveryGauge atMs={row.recoveryPoint?.atMs} goalMs={row.goalMs} part={row.oldestPart} />
      </td>
      <td>
        <ProofBadge
          level={best?.verdict === 'pass' ? best.level : null}
          last={best}
          note={
            best === null ? (
              row.backups === 0 ? (
                'no backup to prove'
              ) : (
                'not tried yet'
              )
            ) : (
              <Moment ms={best.atMs} />
            )
          }
        />
      </td>
      <td className="num">
        {row.restoreMs === null ? <span className="tone-inconclusive">unknown</span> : elapsed(row.restoreMs)}
        <span className={css.sub}>{row.restoreMs === null ? 'never restored' : 'last restore'}</span>
      </td>
      <td className={css.tertiary}>
        <Copies row={row} />
      </td>
      <td className={css.secondary}>
        <DayStrip days={row.days} goalMs={row.goalMs} pointMs={row.recoveryPoint?.atMs} />
      </td>
      <td className={css.next}>
        <NextRun row={row} />
      </td>
    </tr>
  );
});
