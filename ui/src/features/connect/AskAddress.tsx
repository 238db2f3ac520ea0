import { Button } from '@mantine/core';
import { IconWorldSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ConnectionView, DatabaseAddressesView } from '../../ipc/bindings';
import { call, type CommandError } from '../../ipc/call';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Text } from '../../shared/Layout';

type Props = { project: string; onFill: (connection: ConnectionView) => void };

/** Asks the platform of a project, by what is stored for it, where its database is, and fills the form with that. */
export function AskAddress({ project, onFill }: Props) {
  const ask = useMutation<DatabaseAddressesView, CommandError>({
    mutationFn: () => call('platform_database', { platform: null, credentials: {}, project }),
    onSuccess: ({ sessionPooler, direct }) => {
      const first = sessionPooler ?? direct;
      if (first !== null) onFill(first);
    },
  });
  const isNowhere = ask.data?.sessionPooler === null && ask.data.direct === null;
  return (
    <Block top={5}>
      <Button
        size="xs"
        leftSection={<IconWorldSearch aria-hidden />}
        loading={ask.isPending}
        onClick={() => ask.mutate()}
        data-testid="ask-address"
      >
        Ask the platform for the address
      </Button>
      {ask.error && <ErrorPanel error={ask.error} title="The platform did not say where it is." />}
      {(isNowhere ? ['The platform does not say where it is.'] : (ask.data?.notes ?? [])).map((note) => (
        <Text key={note} tone="quiet" size="xs" top={1}>
          {note}
        </Text>
      ))}
    </Block>
  );
}
