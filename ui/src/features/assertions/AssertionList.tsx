import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { AssertionView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { CopyIcon } from '../../shared/CommandLine';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Row, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import classes from './Assertions.module.css';
import { assertionsQuery } from './queries';

function AssertionRow({ assertion, project }: { assertion: AssertionView; project: string }) {
  const { name, query, createdAtMs } = assertion;
  const [isAsked, setAsked] = useState(false);
  const remove = useCommand('assertion_remove', { onSuccess: () => announce(`“${name}” is removed.`) });
  return (
    <Text as="li" pad={2.5} ruled="underSoft" size="sm" data-testid="assertion">
      <div className={classes.head}>
        <b>{name}</b>
        <span className={classes.when}>
          added <Moment ms={createdAtMs} />
        </span>
        {isAsked ? (
          <Row as="span" inline gap={1} align="stretch" keeps>
            <Button
              size="xs"
              variant="danger"
              loading={remove.isPending}
              onClick={() => remove.mutate({ project, name })}
              data-testid="remove-assertion-confirm"
            >
              Remove it
            </Button>
            <Button size="xs" variant="subtle" onClick={() => setAsked(false)}>
              Keep it
            </Button>
          </Row>
        ) : (
          <Button
            size="xs"
            variant="subtle"
            leftSection={<IconTrash aria-hidden />}
            onClick={() => setAsked(true)}
            aria-label={`Remove “${name}”`}
            data-testid="remove-assertion"
          >
            Remove…
          </Button>
        )}
      </div>
      <div className={classes.query}>
        <pre>{query}</pre>
        <CopyIcon text={query} label={`Copy the query of “${name}”`} />
      </div>
      {remove.error && <ErrorPanel error={remove.error} title="The assertion was not removed." />}
    </Text>
  );
}

/** The project's own assertions. */
export function AssertionList({ project }: { project: string }) {
  const { data, error, refetch } = useQuery(assertionsQuery(project));
  if (error)
    return (
      <ErrorPanel error={error} title="The assertions could not be read." onRetry={() => void refetch()} />
    );
  if (!data) return <LoadingLines what="the assertions" />;
  if (data.length === 0)
    return (
      <EmptyState
        sentence="No assertion yet."
        detail="Rows and fingerprints are compared all the same. An assertion says what they have to mean."
      />
    );
  return (
    <Block as="ul" top={4} ruled="over" aria-label="Assertions">
      {data.map((assertion) => (
        <AssertionRow key={assertion.name} assertion={assertion} project={project} />
      ))}
    </Block>
  );
}
