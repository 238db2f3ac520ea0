import { useState } from 'react';
import type { DayView } from '../ipc/bindings';
import { counted, day as dayWords } from './format';
import css from './DayStrip.module.css';

type Props = {
  days: DayView[];
  /** The goal tells an overdue day from one on which nothing was due. */
  goalMs: number | null;
  /** The newest verified point, where it is older than the days shown: they are overdue from their first on. */
  pointMs?: number | null | undefined;
  /** Offers the same days as a table. */
  withTable?: boolean;
};

export type DayKind = 'proven' | 'unproven' | 'failed' | 'overdue' | 'none';

const DAY_MS = 86_400_000;
const HEIGHT = [6, 6, 12, 18] as const;
const PROOF = ['not proven', 'bytes', 'readable', 'restored'] as const;

/** What each day shows. A day is overdue when the copy before it had outlived the goal by its end. */
export function dayKinds(
  days: readonly DayView[],
  goalMs: number | null,
  pointMs?: number | null,
): DayKind[] {
  const first = days[0]?.dayMs ?? 0;
  let begun = pointMs !== null && pointMs !== undefined && pointMs < first;
  let empty = begun ? Math.floor((first - (pointMs ?? first)) / DAY_MS) : 0;
  return days.map((day, index) => {
    if (day.backups > 0) {
      begun = true;
      empty = 0;
      return day.level > 0 ? 'proven' : 'unproven';
    }
    empty += 1;
    if (day.failures > 0) return 'failed';
    const isToday = index === days.length - 1;
    return begun && !isToday && goalMs !== null && empty * DAY_MS >= goalMs ? 'overdue' : 'none';
  });
}

function words(day: DayView, kind: DayKind): string {
  const failed = day.failures > 0 ? `, ${counted(day.failures, 'run')} failed` : '';
  if (kind === 'failed') return `no backup${failed}`;
  if (kind === 'overdue') return 'no backup, over the goal';
  if (kind === 'none') return 'no backup';
  return `${counted(day.backups, 'backup')}, ${PROOF[day.level] ?? PROOF[0]}${failed}`;
}

/** The strip in one sentence. */
export function stripSummary(days: readonly DayView[], kinds: readonly DayKind[]): string {
  const covered = kinds.filter((kind) => kind === 'proven' || kind === 'unproven').length;
  const bad = kinds.filter((kind) => kind === 'failed' || kind === 'overdue').length;
  return `Last ${days.length} days: ${counted(covered, 'day')} with a backup, ${counted(bad, 'day')} failed or overdue`;
}

/** One cell a day, its height the proof level; hollow red is overdue or failed. */
export function DayStrip({ days, goalMs, pointMs, withTable = false }: Props) {
  const [asTable, setAsTable] = useState(false);
  const kinds = dayKinds(days, goalMs, pointMs);
  const width = Math.max(3, days.length * 5 - 2);
  return (
    <div>
      {asTable ? (
        <DayTable days={days} kinds={kinds} />
      ) : (
        <svg
          className={css.strip}
          width={width}
          height="18"
          viewBox={`0 0 ${width} 18`}
          role="img"
          aria-label={stripSummary(days, kinds)}
        >
          {days.map((day, index) => {
            const kind = kinds[index] ?? 'none';
            const x = index * 5;
            const height = HEIGHT[day.level] ?? 6;
            return (
              <g key={day.dayMs ?? index}>
                <title>{`${dayWords(day.dayMs)}: ${words(day, kind)}`}</title>
                <rect x={x - 1} y="0" width="5" height="18" fill="transparent" />
                {kind === 'proven' && (
                  <rect x={x} y={18 - height} width="3" height={height} fill="var(--strip)" />
                )}
                {kind === 'unproven' && (
                  <path d={`M${x} 12h3v6h-3zM${x + 1} 13v4h1v-4z`} fill="var(--control)" fillRule="evenodd" />
                )}
                {kind === 'none' && <rect x={x} y="16" width="3" height="2" fill="var(--line)" />}
                {(kind === 'failed' || kind === 'overdue') && (
                  <path
                    d={`M${x} 0h3v18h-3zM${x + 1} 1v16h1v-16z`}
                    fill="var(--danger-solid)"
                    fillRule="evenodd"
                  />
                )}
              </g>
            );
          })}
        </svg>
      )}
      {withTable && (
        <button
          type="button"
          className={css.toggle}
          aria-expanded={asTable}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Show as strip' : 'Show as table'}
        </button>
      )}
    </div>
  );
}

function DayTable({ days, kinds }: { days: readonly DayView[]; kinds: readonly DayKind[] }) {
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">What happened</th>
        </tr>
      </thead>
      <tbody>
        {days
          .map((day, index) => ({ day, kind: kinds[index] ?? 'none' }))
          .reverse()
          .map(({ day, kind }) => (
            <tr key={day.dayMs}>
              <td className="num">{dayWords(day.dayMs)}</td>
              <td className={kind === 'failed' || kind === 'overdue' ? 'tone-danger' : undefined}>
                {words(day, kind)}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
