import { Button } from '@mantine/core';
import { IconBook2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import type { CoverageView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { RollingParts } from '../../shared/RollingParts';
import { rollingQuery, rollingSentence } from '../../shared/rolling';
import { coverageQuery } from './queries';
import classes from './RollingCheck.module.css';

/** What the parts that were read say of this backup: nothing before all of its packs were read. */
function OfThisBackup({ coverage }: { coverage: CoverageView }) {
  const { packs, packsRead, provenAtMs, newestAtMs, damaged, missing } = coverage;
  if (missing > 0)
    return (
      <Note
        state="danger"
        title={`${counted(missing, 'block')} of this backup ${missing === 1 ? 'is' : 'are'} in no index.`}
      >
        Repair the vault; the next backup of the project stores again what is still the same there.
      </Note>
    );
  const first = damaged[0];
  if (first)
    return (
      <Note
        state="danger"
        title={`${counted(damaged.length, 'pack')} that this backup lies in ${damaged.length === 1 ? 'is' : 'are'} damaged.`}
        testId="coverage-damaged"
      >
        <code>{first.file}</code>: {first.message}. Found <Moment ms={first.atMs} />. Verify this backup: it
        says whether what is lost is a part of it.
      </Note>
    );
  if (provenAtMs !== null)
    return (
      <p>
        All {count(packs)} packs of this backup were read again: the oldest reading is of{' '}
        <Moment ms={provenAtMs} />, the last of <Moment ms={newestAtMs} />. Its bytes count as proven since
        the oldest one.
      </p>
    );
  return (
    <p>
      Of this backup {count(packsRead)} of {counted(packs, 'pack')} {packsRead === 1 ? 'was' : 'were'} read
      again. That says nothing of its bytes before all of them were.
    </p>
  );
}

/** The vault's data is read again part by part; what that covers, and the next part at a press. */
export function RollingCheck({ backup }: { backup: string }) {
  const navigate = useNavigate();
  const rolling = useQuery(rollingQuery());
  const coverage = useQuery(coverageQuery(backup));
  const read = useCommand('vault_check', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const error = rolling.error ?? coverage.error;
  return (
    <Section
      title="Read again, part by part"
      aside={
        <Button
          size="xs"
          leftSection={<IconBook2 aria-hidden />}
          loading={read.isPending}
          onClick={() => read.mutate({ slice: null, nextPart: { parts: null } })}
          data-testid="read-next-part"
        >
          Read the next part
        </Button>
      }
    >
      <div className={classes.rolling} data-testid="rolling">
        {rolling.data && (
          <>
            <Text tone="plain" weight="medium" figures>
              {rollingSentence(rolling.data)}
            </Text>
            <RollingParts rolling={rolling.data} />
          </>
        )}
        {coverage.data && <OfThisBackup coverage={coverage.data} />}
        {!error && (rolling.isPending || coverage.isPending) && <LoadingLines what="what was read again" />}
        {error && (
          <ErrorPanel
            error={error}
            title="What was read again could not be asked."
            onRetry={() => {
              void rolling.refetch();
              void coverage.refetch();
            }}
          />
        )}
        {read.error && <ErrorPanel error={read.error} title="The check did not start." />}
      </div>
    </Section>
  );
}
