import { Button, Checkbox, Group, Modal, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import type { AddReplica, ReplicaView } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { Stack } from '../../shared/Layout';
import css from './Replica.module.css';

const folderName = (path: string) => path.split(/[\\/]/).findLast((word) => word !== '') ?? '';

/** From the root on: of this system, of a drive, or of a share. */
const isWhole = (path: string) => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);

/** What is missing before it can be added, as a sentence. */
function lackOf(path: string): string | null {
  if (path === '') return 'Choose a folder.';
  return isWhole(path) ? null : 'Give the whole path of the folder, from its root on.';
}

function AddForm({ onClose }: { onClose: () => void }) {
  const [path, setPath] = useState('');
  const [name, setName] = useState('');
  const [isElsewhere, setElsewhere] = useState(false);
  const add = useCommand('replica_add', {
    onSuccess: (replica) => {
      announce(`${replica.name} is added. Nothing is copied to it yet.`);
      onClose();
    },
  });
  const request: AddReplica = {
    path: path.trim(),
    name: name.trim() || null,
    isElsewhere: isElsewhere || null,
  };
  const lack = lackOf(request.path);
  const choose = async () => {
    const folder = await pickFolder('A folder for the replica');
    if (folder !== null) setPath(folder);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lack === null) add.mutate(request);
  };
  return (
    <Stack as="form" gap={4} columns={1} onSubmit={onSubmit} noValidate>
      <div className={css.folder}>
        <TextInput
          label="Folder, on another disk or a mounted share"
          value={path}
          spellCheck={false}
          onChange={(event) => setPath(event.currentTarget.value)}
          data-autofocus
          data-testid="replica-path"
        />
        <Button onClick={() => void choose()} data-testid="replica-choose">
          Choose…
        </Button>
      </div>
      <TextInput
        label="Name"
        placeholder={folderName(request.path) || 'as the folder'}
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.currentTarget.value)}
        data-testid="replica-name"
      />
      <Checkbox
        label="This place is elsewhere: another building, so that a fire here does not reach it"
        checked={isElsewhere}
        onChange={(event) => setElsewhere(event.currentTarget.checked)}
        data-testid="replica-elsewhere"
        description="It is noted as declared by you today. Without it the place is not known, and counts for nothing. What is on the vault’s disk counts for nothing either way."
      />
      {add.error && <ErrorPanel error={add.error} title="It was not added." />}
      <Equivalent asked={{ of: 'store_add', request: { ...request, path: request.path || 'PATH' } }} />
      <DialogFoot reason={lack ?? 'Nothing is copied until you say so, or a schedule does.'}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          disabled={lack !== null}
          loading={add.isPending}
          data-testid="replica-add"
        >
          Add the replica
        </Button>
      </DialogFoot>
    </Stack>
  );
}

/** Another folder that is to hold what the vault holds. */
export function AddReplicaDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Add a replica" size="38rem">
      <AddForm onClose={onClose} />
    </Modal>
  );
}

/** Says what stays before a replica is let go. */
export function RemoveReplicaDialog({ replica, onClose }: { replica: ReplicaView; onClose: () => void }) {
  const remove = useCommand('replica_remove', { onSuccess: onClose });
  const onlyHere = replica.onlyHere;
  return (
    <Modal opened onClose={onClose} title={`Remove ${replica.name}?`}>
      <div className={css.leave}>
        <Text size="md">
          Nothing is deleted: <code>{replica.path}</code> stays as it is, and opens with the recovery kit. It
          is only not kept current any more, and does not count as a copy.
        </Text>
        {onlyHere > 0 && (
          <Text size="md">
            The {counted(onlyHere, 'backup')} that only this replica has {onlyHere === 1 ? 'stays' : 'stay'}{' '}
            there too, and nothing here says so any more.
          </Text>
        )}
        {remove.error && <ErrorPanel error={remove.error} title="It was not removed." />}
        <Equivalent asked={{ of: 'store_remove', request: { replica: replica.name } }} />
      </div>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button data-autofocus onClick={onClose}>
          Keep it
        </Button>
        <Button
          variant="danger-filled"
          loading={remove.isPending}
          onClick={() => remove.mutate({ replica: replica.id })}
          data-testid="remove-replica"
        >
          Remove the replica
        </Button>
      </Group>
    </Modal>
  );
}
