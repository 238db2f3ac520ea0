import { Button, PasswordInput } from '@mantine/core';
import { IconLock, IconPlugConnected } from '@tabler/icons-react';
import type { ConnectionView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { FieldRow, Row, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import css from './Connect.module.css';
import { Tested } from './TestPanel';
import type { useFoundDatabase } from './useFoundDatabase';

type Found = ReturnType<typeof useFoundDatabase>;
type Which = 'pooler' | 'direct';

/** The addresses that the platform names; the one that keeps sessions whole and answers on IPv4 is chosen first. */
function Addresses({ found: { database, choose }, pooler, direct }: Parts) {
  const isDirect = direct !== null && database.host === direct.host;
  return (
    <>
      {pooler !== null && direct !== null && (
        <Segmented<Which>
          label="Which address of the database"
          value={isDirect ? 'direct' : 'pooler'}
          options={[
            { value: 'pooler', label: 'Session pooler', testId: 'found-pooler' },
            { value: 'direct', label: 'The server itself', testId: 'found-direct' },
          ]}
          onChange={(which) => choose(which === 'direct' ? direct : pooler)}
        />
      )}
      <p className={css.address} data-testid="found-address">
        <code>
          {database.host}:{database.port}
        </code>
        <br />
        user <code>{database.user}</code>, database <code>{database.database}</code>
      </p>
    </>
  );
}

type Parts = { found: Found; pooler: ConnectionView | null; direct: ConnectionView | null };

/** The database of the project: its address is shown before its password is typed, and tested at once. */
export function FoundDatabase({ found, platform, secretsPlace }: Props) {
  const { addresses, error, isFinding, database, climb } = found;
  if (addresses === null && error === null && !isFinding) return null;
  const pooler = addresses?.sessionPooler ?? null;
  const direct = addresses?.direct ?? null;
  const hasAddress = pooler !== null || direct !== null;
  return (
    <section className={css.found} aria-label="Its database" data-testid="found-database">
      <h2>Its database</h2>
      {isFinding && (
        <Text tone="quiet" size="xs">
          Asking {platform} where it is.
        </Text>
      )}
      {error !== null && (
        <ErrorPanel error={error} title={`${platform} did not say where it is.`} onRetry={found.find} />
      )}
      {addresses !== null && !hasAddress && (
        <Text tone="quiet" size="xs">
          {platform} does not say where it is. The next step asks for its address.
        </Text>
      )}
      {hasAddress && <Addresses found={found} pooler={pooler} direct={direct} />}
      {(addresses?.notes ?? []).map((note) => (
        <Text key={note} tone="quiet" size="xs" top={1}>
          {note}
        </Text>
      ))}
      {hasAddress && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (database.password !== '') climb.test(database);
          }}
        >
          <FieldRow>
            <PasswordInput
              className={css.mono}
              label="Password of the database"
              value={database.password}
              autoComplete="off"
              onChange={(event) => found.setPassword(event.currentTarget.value)}
              data-testid="found-password"
            />
            <Button
              type="submit"
              leftSection={<IconPlugConnected aria-hidden />}
              disabled={database.password === ''}
              loading={climb.isTesting}
              data-testid="found-test"
            >
              Test the database
            </Button>
          </FieldRow>
          <Row as="p" gap={1.25} sign={0} top={2} tone="quiet" size="xs" leading={1.4}>
            <IconLock size={14} stroke={1.75} aria-hidden />
            {`It goes to this address and to ${secretsPlace === 'keychain' ? 'this computer’s keychain' : 'the sealed file'}, nowhere else.`}
          </Row>
        </form>
      )}
    </section>
  );
}

type Props = { found: Found; platform: string; secretsPlace: 'keychain' | 'file' };

/** The ladder of the database, once it was tested. */
export function FoundLadder({ found: { addresses, climb, use } }: { found: Found }) {
  // What was tested for another project is nothing to this one.
  if (addresses === null || (!climb.wasTried && climb.error === null)) return null;
  return (
    <section className={css.found} aria-label="Test of its database" data-testid="found-ladder">
      <Tested title="Its database" climb={climb} onUse={use} />
    </section>
  );
}
