import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { DrillRowView } from '../../ipc/bindings';
import { elapsed } from '../../shared/format';
import { Moment } from '../../shared/Moment';
import { StateIcon, stateOfVerdict } from '../../shared/StateIcon';
import { DrillPlot } from './DrillPlot';
import classes from './History.module.css';
import { historySentence, KIND_WORDS, VERDICT_WORDS } from './words';

/** Drills as a table, newest first; each leads to its report. */
export function DrillTable({ drills, hasProject = false }: { drills: readonly DrillRowView[]; hasProject?: boolean }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Drills as a table">
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Drill</th>
            {hasProject && <th>Project</th>}
            <th>Verdict</th>
            <th>Brought back</th>
            <th className={classes.number}>Time</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {drills.map((drill) => (
            <tr key={drill.id}>
              <td>
                <Link to="/drill/$id" params={{ id: drill.id }}>
                  <Moment ms={drill.startedAtMs} />
                </Link>
              </td>
              {hasProject && <td>{drill.project}</td>}
              <td>
                <span className={classes.verdict}>
                  <StateIcon state={stateOfVerdict(drill.verdict)} />
                  {VERDICT_WORDS[drill.verdict].replace('.', '')}
                </span>
              </td>
              <td>{KIND_WORDS[drill.kind]}</td>
              <td className={classes.number}>{drill.rtoMs === null ? '–' : elapsed(drill.rtoMs)}</td>
              <td className={classes.why} title={drill.reason}>
                {drill.reason}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HistoryProps {
  /** Newest first. */
  drills: readonly DrillRowView[];
  goalMs: number | null;
  current?: string;
}

/** Time against the goal, of drills of everything alone: a part takes less, and says nothing of the whole. */
export function History({ drills, goalMs, current }: HistoryProps) {
  const [isTable, setTable] = useState(false);
  const full = drills.filter((drill) => drill.kind === 'full');
  if (full.length === 0) return <p className={classes.said}>No drill of everything yet.</p>;
  const said = historySentence(full);
  return (
    <>
      {isTable ? (
        <ol className={classes.list}>
          {full.map((drill) => (
            <li key={drill.id}>
              <Link to="/drill/$id" params={{ id: drill.id }} aria-current={drill.id === current ? 'page' : undefined}>
                <Moment ms={drill.startedAtMs} />
              </Link>
              <span>{VERDICT_WORDS[drill.verdict].replace('.', '').toLowerCase()}</span>
              <span className="num">{drill.rtoMs === null ? '–' : elapsed(drill.rtoMs)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <DrillPlot label={`Time of the last ${full.length} drills against the goal: ${said}`} drills={[...full].reverse()} goalMs={goalMs} current={current} />
      )}
      <p className={classes.said}>
        {said} {goalMs === null && full[0] && <>No goal is set. <Link to="/project/$id" params={{ id: full[0].projectId }} search={{ tab: 'goals' }}>Set one</Link>. </>}
        <button type="button" className={classes.link} aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as plot' : 'Show as table'}
        </button>
      </p>
    </>
  );
}
