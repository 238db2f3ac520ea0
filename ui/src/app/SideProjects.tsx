import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ProjectRow } from '../ipc/bindings';
import { count, shortSpan } from '../shared/format';
import { StateIcon } from '../shared/StateIcon';
import { useNow } from '../shared/useNow';
import css from './AppFrame.module.css';

/** The list is for what needs a look; the home screen has all of them. */
const SHOWN_MAX = 40;

/** Projects most at risk first, with their state and the age of the recovery point. */
export function SideProjects({ projects }: { projects: readonly ProjectRow[] }) {
  const now = useNow();
  if (projects.length === 0) return null;
  const shown = projects.slice(0, SHOWN_MAX);
  return (
    <>
      <p className={css.heading} id="side-projects">
        Projects, most at risk first
      </p>
      <ul className={`${css.nav} ${css.projects}`} aria-labelledby="side-projects">
        {shown.map((row) => {
          const atMs = row.recoveryPoint?.atMs;
          const age = atMs === null || atMs === undefined ? null : Math.max(0, now - atMs);
          const isOver = age !== null && row.goalMs !== null && age > row.goalMs;
          return (
            <li key={row.id}>
              <Tooltip label={`${row.name}: ${row.stateWords}`} position="right">
                <Link
                  to="/project/$id"
                  params={{ id: row.id }}
                  className={css.place}
                  activeOptions={{ includeSearch: false }}
                  data-testid={`side-project-${row.name}`}
                >
                  <StateIcon state={row.state} percent={row.job?.percent} label={row.stateWords} />
                  <span className={css.name}>{row.name}</span>
                  {age !== null && (
                    <span className={`${css.age} ${isOver ? css.over : ''}`}>{shortSpan(age)}</span>
                  )}
                </Link>
              </Tooltip>
            </li>
          );
        })}
        {projects.length > shown.length && (
          <li>
            <Link to="/" className={`${css.place} ${css.more}`}>
              and {count(projects.length - shown.length)} more on Home
            </Link>
          </li>
        )}
      </ul>
    </>
  );
}
