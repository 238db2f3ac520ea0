import { Button, Group, Modal, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ScratchView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { StateIcon } from '../../shared/StateIcon';
import { Part } from './Part';
import classes from './Part.module.css';
import { scratchesQuery } from './queries';
import own from './ScratchPart.module.css';

function Item({ scratch, onRemove }: { scratch: ScratchView; onRemove: () => void }) {
  return (
    <li className={classes.item} data-testid="scratch">
      <StateIcon state={scratch.isRunning ? 'ok' : 'idle'} size={18} />
      <div className={classes.itemWords}>
        <b>
          {scratch.project}, {scratch.isRunning ? 'running' : 'stopped'}
        </b>
        <span>
          made <Moment ms={scratch.createdAtMs} />, plain data in <code>{scratch.directory}</code>
        </span>
        <Block top={2} max={36}>
          <CommandLine command={scratch.connect} label="Copy how to connect" />
        </Block>
      </div>
      <Button size="xs" variant="danger" leftSection={<IconTrash aria-hidden />} onClick={onRemove}>
        Remove…
      </Button>
    </li>
  );
}

/** Private servers on this computer that hold restored copies. */
export function ScratchPart() {
  const { data, error, refetch } = useQuery(scratchesQuery());
  const [removing, setRemoving] = useState<ScratchView | null>(null);
  const remove = useCommand('scratch_remove', { onSuccess: () => setRemoving(null) });

  return (
    <Part
      id="scratch"
      title="Copies to look inside"
      hint="Private servers on this computer, filled by a restore. They hold plain data, so remove them when you are done."
    >
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {!data && !error && <LoadingLines what="the private servers" />}
      {data?.length === 0 && (
        <p className={classes.quiet}>None. A restore “to look inside on this computer” makes one.</p>
      )}
      {data && data.length > 0 && (
        <ul className={classes.list}>
          {data.map((scratch) => (
            <Item key={scratch.id} scratch={scratch} onRemove={() => setRemoving(scratch)} />
          ))}
        </ul>
      )}
      <Modal opened={removing !== null} onClose={() => setRemoving(null)} title="Remove this copy?">
        {removing && (
          <>
            <Text size="md">
              Its server stops, and everything in <code className={own.path}>{removing.directory}</code> is
              deleted, also what was changed there by hand. The backup of {removing.project} stays in the
              vault.
            </Text>
            {remove.error && <ErrorPanel error={remove.error} />}
            <Group justify="flex-end" gap="xs" mt="lg">
              <Button data-autofocus onClick={() => setRemoving(null)}>
                Keep it
              </Button>
              <Button
                variant="danger-filled"
                loading={remove.isPending}
                onClick={() => remove.mutate({ scratch: removing.id })}
              >
                Remove the copy of {removing.project}
              </Button>
            </Group>
          </>
        )}
      </Modal>
    </Part>
  );
}
