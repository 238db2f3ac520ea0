import { useId, type ReactNode } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { counted, span, UNKNOWN } from '../../shared/format';
import { sessionsToEnd } from './planWords';
import classes from './Sessions.module.css';
import step from './Step.module.css';

/** So many are listed; the others are counted. */
const LISTED_MAX = 6;

interface SessionsProps {
  plan: RestorePlanView;
  consents: boolean;
  onConsent: (consents: boolean) => void;
  /** Looks again, once somebody has left. */
  children: ReactNode;
}

/** Who is connected to the target, and the consent to end them where its name has to change. */
export function Sessions({ plan, consents, onConsent, children }: SessionsProps) {
  const id = useId();
  const connections = plan.identity?.connections ?? [];
  if (connections.length === 0) return null;
  const listed = connections.slice(0, LISTED_MAX);
  const ends = sessionsToEnd(plan);
  const words = counted(connections.length, 'session');
  return (
    <section aria-label="Who is connected">
      <div className={step.head}>
        <h2>
          {words} {connections.length === 1 ? 'is' : 'are'} open on {plan.targetDatabase}
        </h2>
        {children}
      </div>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Role</th>
            <th>Application</th>
            <th className={classes.secondary}>From</th>
            <th>State</th>
            <th className={classes.number}>For</th>
          </tr>
        </thead>
        <tbody>
          {listed.map((one, index) => (
            <tr key={`${one.from} ${index}`}>
              <td>
                <code>{one.user}</code>
              </td>
              <td title={one.application}>{one.application || UNKNOWN}</td>
              <td className={classes.secondary}>
                <code>{one.from}</code>
              </td>
              <td>{one.state}</td>
              <td className={classes.number}>{span(one.sinceMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {connections.length > listed.length && (
        <p className={classes.more}>and {counted(connections.length - listed.length, 'more', 'more')}</p>
      )}
      {ends > 0 ? (
        <div className={classes.consent}>
          <input
            id={id}
            type="checkbox"
            checked={consents}
            onChange={(event) => onConsent(event.currentTarget.checked)}
            aria-describedby={`${id}-means`}
            data-testid="end-connections"
          />
          <div>
            <label htmlFor={id}>{`End ${counted(ends, 'session')} when the names change.`}</label>
            <p id={`${id}-means`}>
              Applications that connect again reach the restored database. What they had not committed is
              lost.
            </p>
          </div>
        </div>
      ) : (
        <p className={classes.more}>
          They are not ended. What touches these tables waits until the restore is done, or fails.
        </p>
      )}
    </section>
  );
}
