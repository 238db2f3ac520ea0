import { useId, type ReactNode } from 'react';

import type { RestorePlanView } from '../../ipc/bindings';
import { counted, span, UNKNOWN } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { Figure, PlainTable, Secondary } from '../../shared/PlainTable';
import { sessionsToEnd } from './planWords';
import classes from './Sessions.module.css';

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
      <Row gap={[2, 4]} justify="between" wraps top={6} bottom={2.5}>
        <h2>
          {words} {connections.length === 1 ? 'is' : 'are'} open on {plan.targetDatabase}
        </h2>
        {children}
      </Row>
      <PlainTable
        clips
        titles={[
          'Role',
          'Application',
          { title: 'From', isSecondary: true },
          'State',
          { title: 'For', isFigure: true },
        ]}
      >
        {listed.map((one, index) => (
          <tr key={`${one.from} ${index}`}>
            <td>
              <code>{one.user}</code>
            </td>
            <td title={one.application}>{one.application || UNKNOWN}</td>
            <Secondary>
              <code>{one.from}</code>
            </Secondary>
            <td>{one.state}</td>
            <Figure>{span(one.sinceMs)}</Figure>
          </tr>
        ))}
      </PlainTable>
      {connections.length > listed.length && (
        <Text top={2} tone="quiet" size="xs">
          and {counted(connections.length - listed.length, 'more', 'more')}
        </Text>
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
        <Text top={2} tone="quiet" size="xs">
          They are not ended. What touches these tables waits until the restore is done, or fails.
        </Text>
      )}
    </section>
  );
}
