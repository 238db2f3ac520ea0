import type { ReactNode } from 'react';

import type { ElsewhereView, GoalStandingView, ProjectRow, ProjectState } from '../../ipc/bindings';
import { counted, elapsed, span } from '../../shared/format';
import { Moment } from '../../shared/Moment';
import { RecoveryGauge } from '../../shared/RecoveryGauge';
import { StateIcon } from '../../shared/StateIcon';
import { useNow } from '../../shared/useNow';
import css from './Goals.module.css';
import { hasSource } from '../../shared/source';

const ELSEWHERE: Record<ElsewhereView, string> = {
  yes: 'one elsewhere',
  no: 'none elsewhere',
  not_known: 'none known to be elsewhere',
};

function Figure({
  title,
  state,
  children,
  testId,
}: {
  title: string;
  state: ProjectState | null;
  children: ReactNode;
  testId: string;
}) {
  return (
    <div data-testid={testId}>
      <h3>{title}</h3>
      <div className={css.now}>
        {state !== null && <StateIcon state={state} size={16} />}
        <div>{children}</div>
      </div>
    </div>
  );
}

/** Within the goal, over it, or nothing to judge. */
const judged = (is: number | null, goal: number | null): ProjectState | null =>
  is === null || goal === null ? null : is <= goal ? 'ok' : 'danger';

/** Each goal beside how it stands against it, the word first. */
export function GoalFigures({ project, standing }: { project: ProjectRow; standing: GoalStandingView }) {
  const now = useNow();
  const { rpoMs, rtoMs, copies, drillEveryMs, wholeDrills, restoreMs, drilledAtMs } = standing;
  const isFiles = !hasSource(project);
  const drillAge = drilledAtMs === null ? null : now - drilledAtMs;
  const there = project.copies?.have ?? 0;
  const enough = copies === null ? null : project.copies?.areEnough === true ? 'ok' : 'danger';
  const restored = judged(restoreMs, rtoMs);
  const drilled =
    drillEveryMs === null ? null : drillAge === null ? 'danger' : judged(drillAge, drillEveryMs);
  return (
    <div className={css.goals}>
      <Figure
        title={isFiles ? 'Files get no newer' : `Lose at most ${span(standing.recoveryGoalMs)}`}
        state={null}
        testId="goal-now-rpo"
      >
        {isFiles ? (
          'They are imported by hand, so that no age is asked of them.'
        ) : (
          <RecoveryGauge atMs={project.recoveryPoint?.atMs} goalMs={standing.recoveryGoalMs} />
        )}
        {!isFiles && rpoMs === null && <p className={css.small}>Nobody said so: a day is assumed.</p>}
      </Figure>
      <Figure
        title={rtoMs === null ? 'Back within: no goal' : `Back within ${span(rtoMs)}`}
        state={restored}
        testId="rto-goal"
      >
        {restoreMs === null
          ? 'Not measured yet: a drill measures it.'
          : `${restored === null ? 'It' : restored === 'ok' ? 'Inside the goal: it' : 'Over the goal: it'} took ${elapsed(restoreMs)} the last time.`}
      </Figure>
      <Figure
        title={copies === null ? 'Copies: no goal' : counted(copies, 'copy', 'copies')}
        state={enough}
        testId="goal-now-copies"
      >
        {project.copies === null
          ? 'There is no backup yet.'
          : `${there} of ${copies ?? there} on ${counted(project.copies.media, 'medium', 'media')}, ${ELSEWHERE[project.copies.elsewhere]}: ${project.copies.places}.`}
        {project.copies !== null && project.copies.behind.length > 0 && (
          <p className={css.small}>{`Behind: ${project.copies.behind.join(', ')}.`}</p>
        )}
      </Figure>
      <Figure
        title={drillEveryMs === null ? 'Drills: no goal' : `A drill every ${span(drillEveryMs)}`}
        state={drilled}
        testId="goal-now-drills"
      >
        {drilledAtMs === null ? (
          wholeDrills ? (
            'No drill that left nothing out has passed yet.'
          ) : (
            'No full drill has passed yet.'
          )
        ) : (
          <>
            The last one passed <Moment ms={drilledAtMs} />
            {drilled === 'danger' ? ', over the goal' : ''}.
          </>
        )}
        {wholeDrills && drilledAtMs !== null && <p className={css.small}>It left nothing out.</p>}
      </Figure>
    </div>
  );
}
