import { Button } from '@mantine/core';
import type { ConnectionView, FixView } from '../../ipc/bindings';
import { CopyButton } from '../../shared/CopyButton';
import type { ShownRung } from '../../shared/Ladder';
import { Words } from '../../shared/Words';
import css from './Connect.module.css';

type Props = { rung: ShownRung; fix: FixView; isBusy: boolean; onUse: (connection: ConnectionView) => void };

/** What puts a rung right: an address to use, SQL to run, or a sentence; the code to pass on at its foot. */
export function FixPanel({ rung, fix, isBusy, onUse }: Props) {
  const { connection, sql } = fix;
  // Of a way by SSH nothing changes but whose key is believed.
  const accepted = rung.id === 'ssh' ? (connection?.ssh?.hostKey ?? null) : null;
  return (
    <div className={css.fix} data-testid={`fix-${rung.id}`}>
      <b>{fix.title}</b>
      {accepted !== null && <pre>{accepted}</pre>}
      {connection !== null && accepted === null && (
        <p>
          <code>
            {connection.host}:{connection.port}
          </code>
          <br />
          user <code>{connection.user}</code>, database <code>{connection.database}</code>,{' '}
          <code>sslmode={connection.tls}</code>
        </p>
      )}
      {fix.detail !== '' && (
        <p>
          <Words text={fix.detail} />
        </p>
      )}
      {sql !== null && <pre>{sql}</pre>}
      <div className={css.fixActs}>
        {connection !== null && (
          <Button variant="filled" disabled={isBusy} onClick={() => onUse(connection)} data-testid="fix-use">
            {accepted === null
              ? 'Use this connection and test again'
              : 'It is: accept this key and test again'}
          </Button>
        )}
        {sql !== null && (
          <CopyButton text={sql} what="the SQL" quiet={false}>
            Copy
          </CopyButton>
        )}
      </div>
      {rung.code && (
        <div className={css.code}>
          <code>{rung.code}</code>
          <CopyButton
            text={`${rung.code} ${rung.title}: ${rung.message}`}
            what={`the error of ${rung.title}`}
          />
        </div>
      )}
    </div>
  );
}
