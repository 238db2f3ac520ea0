import type { CoverageFigure, ProjectRow } from '../../ipc/bindings';
import { bytes, count, elapsed, span } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { ProofBadge } from '../../shared/ProofBadge';
import { RecoveryGauge } from '../../shared/RecoveryGauge';
import { useNow } from '../../shared/useNow';
import classes from './Figures.module.css';

/** What each part of a project can be brought back to, where it has more than one. */
function PartPoints({ points }: Pick<ProjectRow, 'points'>) {
  const now = useNow();
  const age = (atMs: number | null | undefined) =>
    atMs === null || atMs === undefined ? 'none' : span(Math.max(0, now - atMs));
  return points.map(({ component, words, point, isOver }) => (
    <span key={component} className={classes.sub}>
      <span className={isOver ? 'tone-danger' : undefined}>{`${words}: ${age(point?.atMs)}`}</span>
    </span>
  ));
}

/** How much of a project its backups take: what is missing is named. */
function Coverage({ coverage }: { coverage: CoverageFigure }) {
  const { taken, of, lacking } = coverage;
  const names = [...new Set(lacking)];
  return (
    <div>
      <dt>Coverage</dt>
      <dd data-testid="coverage-figure">
        <b className={classes.value}>
          {taken} of {of} {of === 1 ? 'part' : 'parts'}
        </b>
        {names.length > 0 && (
          <span className={classes.sub}>
            <span className="tone-warn">{`not ${names.join(', ')}`}</span>
          </span>
        )}
      </dd>
    </div>
  );
}

/** The figures that say how well a project is protected. */
export function Figures({ row }: { row: ProjectRow }) {
  const { bestProof, restoreMs } = row;
  return (
    <dl className={classes.figures}>
      <div>
        <dt>Recovery point</dt>
        <dd>
          <Text as="span" block max={9}>
            <RecoveryGauge atMs={row.recoveryPoint?.atMs} goalMs={row.goalMs} />
          </Text>
          <PartPoints points={row.points} />
        </dd>
      </div>
      <div>
        <dt>Best proof</dt>
        <dd>
          {bestProof ? (
            <ProofBadge
              level={bestProof.verdict === 'pass' ? bestProof.level : null}
              last={bestProof}
              note={<Moment ms={bestProof.atMs} />}
            />
          ) : (
            <ProofBadge level={null} note="no backup was verified" />
          )}
        </dd>
      </div>
      <div>
        <dt>Back within</dt>
        <dd>
          <b className={restoreMs === null ? classes.none : classes.value}>
            {restoreMs === null ? 'not measured' : elapsed(restoreMs)}
          </b>
          <span className={classes.sub}>
            {restoreMs === null ? 'no restore was tried yet' : 'the last restore that passed'}
          </span>
        </dd>
      </div>
      <div>
        <dt>Backups</dt>
        <dd>
          <b className={row.backups === 0 ? classes.none : classes.value}>
            {row.backups === 0 ? 'none yet' : `${count(row.backups)} kept`}
          </b>
          {row.newestBytes !== null && (
            <span className={classes.sub}>the newest has {bytes(row.newestBytes)}</span>
          )}
        </dd>
      </div>
      {row.coverage && <Coverage coverage={row.coverage} />}
    </dl>
  );
}
