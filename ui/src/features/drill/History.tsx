import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { DrillKindView, DrillRowView } from '../../ipc/bindings';
import { counted, elapsed } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { StateIcon, stateOfVerdict } from '../../shared/StateIcon';
import { TextButton } from '../../shared/TextButton';
import { DrillPlot } from './DrillPlot';
import classes from './History.module.css';
import { historySentence, KIND_WORDS, VERDICT_WORDS } from './words';

/** Drills as a table, newest first; each leads to its report. */
export function DrillTable({
  drills,
  hasProject = false,
}: {
  drills: readonly DrillRowView[];
  hasProject?: boolean;
}) {
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
  /** Of which depth: they are never in one plot. */
  kind?: DrillKindView;
  goalMs: number | null;
  current?: string;
}

/** Times of drills of one depth; against the goal those of everything alone: a part takes less, and says nothing of the whole. */
export function History({ drills, kind = 'full', goalMs: goalOfAllMs, current }: HistoryProps) {
  const [isTable, setTable] = useState(false);
  const goalMs = kind === 'full' ? goalOfAllMs : null;
  const shown = drills.filter((drill) => drill.kind === kind);
  if (shown.length === 0)
    return (
      <Text top={1} tone="quiet" size="xs">
        No drill of {KIND_WORDS[kind]} yet.
      </Text>
    );
  const said = historySentence(shown);
  return (
    <>
      {isTable ? (
        <ol className={classes.list}>
          {shown.map((drill) => (
            <li key={drill.id}>
              <Link
                to="/drill/$id"
                params={{ id: drill.id }}
                aria-current={drill.id === current ? 'page' : undefined}
              >
                <Moment ms={drill.startedAtMs} />
              </Link>
              <span>{VERDICT_WORDS[drill.verdict].replace('.', '').toLowerCase()}</span>
              <span className="num">{drill.rtoMs === null ? '–' : elapsed(drill.rtoMs)}</span>
            </li>
          ))}
        </ol>
      ) : (
        <DrillPlot
          label={`Time of the last ${counted(shown.length, 'drill')} of ${KIND_WORDS[kind]}${kind === 'full' ? ' against the goal' : ''}: ${said}`}
          drills={[...shown].reverse()}
          goalMs={goalMs}
          current={current}
        />
      )}
      <Text top={1} tone="quiet" size="xs">
        {said}{' '}
        {goalMs === null && kind === 'full' && shown[0] && (
          <>
            No goal is set.{' '}
            <Link to="/project/$id" params={{ id: shown[0].projectId }} search={{ tab: 'goals' }}>
              Set one
            </Link>
            .{' '}
          </>
        )}
        <TextButton aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Show as plot' : 'Show as table'}
        </TextButton>
      </Text>
    </>
  );
}
