import { Button } from '@mantine/core';
import { IconFolders, IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { ProjectState, ReplicaView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { CommandLine } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted, sentence } from '../../shared/format';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { useCommandLine } from '../../shared/Equivalent';
import { Row, Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import notify from './Notify.module.css';
import { Acts, After, Part } from './Part';
import part from './Part.module.css';
import { PlaceDialog, placeWords } from './PlaceDialog';
import { replicasQuery } from './queries';
import css from './Replica.module.css';
import { AddReplicaDialog, RemoveReplicaDialog } from './ReplicaDialog';

/** How a replica stands, as a mark and in a few words. */
function standing({ state, waiting }: ReplicaView): { state: ProjectState; words: string } {
  switch (state) {
    case 'current':
      return { state: 'ok', words: 'current' };
    case 'behind':
      return { state: 'warn', words: `${counted(waiting, 'backup')} behind` };
    case 'never':
      return { state: 'idle', words: 'nothing copied yet' };
    case 'away':
      return { state: 'idle', words: 'not connected' };
    case 'failed':
      return { state: 'danger', words: 'failed' };
  }
}

/** Starts copying; what comes of it is on the page of the run. */
function useCopy() {
  const navigate = useNavigate();
  return useCommand('replica_copy', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
}

/** When it was copied to and read back. */
function Freshness({ replica: { copiedAtMs, checkedAtMs } }: { replica: ReplicaView }) {
  if (copiedAtMs === null) return null;
  return (
    <span>
      Last copied <Moment ms={copiedAtMs} />,{' '}
      {checkedAtMs === null ? (
        'not read back yet.'
      ) : (
        <>
          read back <Moment ms={checkedAtMs} />.
        </>
      )}
    </span>
  );
}

/** Backups that the vault lost: nothing takes them from the replica. */
function OnlyHere({ count, name }: { count: number; name: string }) {
  const command = useCommandLine({ of: 'store_copy', request: { replica: name, letGo: name } });
  return (
    <p className={css.only} data-testid="only-here">
      <StateIcon state="warn" size={14} />
      <span>
        The vault lost {counted(count, 'backup')} that only this replica still has. It keeps{' '}
        {count === 1 ? 'it and its' : 'them and their'} data until somebody decides. Check the vault first; if
        they were removed on purpose: <code>{command}</code>
      </span>
    </p>
  );
}

function Item({
  replica,
  onRemove,
  onPlace,
}: {
  replica: ReplicaView;
  onRemove: () => void;
  onPlace: () => void;
}) {
  const copy = useCopy();
  const test = useCommand('replica_test');
  const { state, words } = standing(replica);
  const onlyHere = replica.onlyHere;
  return (
    <li className={`${part.item} ${notify.item}`} data-testid="replica" data-replica={replica.name}>
      <StateIcon state={state} size={18} />
      <div className={part.itemWords}>
        <Row as="b" gap={[1, 2]} wraps>
          {replica.name} <Chip state={state}>{words}</Chip>
          {replica.isElsewhere && <Chip>elsewhere</Chip>}
          {replica.isSameDisk && <Chip state="warn">on the vault’s disk</Chip>}
        </Row>
        <span>
          <code>{replica.path}</code>
          {replica.freeBytes !== null && (
            <>
              ,{' '}
              <Text as="span" oneLine>
                {bytes(replica.freeBytes)} free
              </Text>
            </>
          )}
        </span>
        <span className={css.words}>{replica.words}</span>
        <span data-testid="replica-place">
          {replica.medium !== '' && `On ${replica.medium}. `}
          {placeWords(replica.declared)}
        </span>
        <Freshness replica={replica} />
        {replica.isSameDisk && (
          <span>
            What takes the vault’s disk takes this replica too: it counts neither as a further copy nor as a
            second medium.
          </span>
        )}
        {replica.problem !== null && (
          <p className={notify.problem} data-tone={state}>
            {sentence(replica.problem)}
          </p>
        )}
        {onlyHere > 0 && <OnlyHere count={onlyHere} name={replica.name} />}
        <div className={notify.result}>
          {copy.error && <ErrorPanel error={copy.error} title="Nothing was copied." />}
          {test.error && <ErrorPanel error={test.error} title="It does not pass its test." />}
          {test.data && test.data.problem === null && (
            <p data-testid="replica-tested">
              It is there, opens with the vault’s key, and can be written to.
            </p>
          )}
        </div>
      </div>
      <div className={notify.acts}>
        <Button
          size="xs"
          leftSection={<IconFolders aria-hidden />}
          loading={copy.isPending}
          onClick={() => copy.mutate({ replica: replica.id, letGo: null })}
          aria-label={`Copy to ${replica.name} now`}
          data-testid="copy-replica"
        >
          Copy now
        </Button>
        <Button
          size="xs"
          onClick={onPlace}
          aria-label={`Say where ${replica.name} is`}
          data-testid="replica-place-act"
        >
          Place…
        </Button>
        <Button
          size="xs"
          leftSection={<IconPlugConnected aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate({ replica: replica.id })}
          aria-label={`Test ${replica.name}`}
          data-testid="test-replica"
        >
          Test
        </Button>
        <Button size="xs" variant="danger" onClick={onRemove} aria-label={`Remove ${replica.name}`}>
          Remove…
        </Button>
      </div>
    </li>
  );
}

/** How they are kept current without anybody. */
function BySchedule() {
  return (
    <div className={css.schedule}>
      <p>Copied by itself where a project has a schedule of kind Replicas:</p>
      <CommandLine command="holdfast schedule set PROJECT --daily 05:00 --kind copy" />
    </div>
  );
}

function ReplicaList({ replicas, onAdd }: { replicas: ReplicaView[]; onAdd: () => void }) {
  const [removing, setRemoving] = useState<ReplicaView | null>(null);
  const [placing, setPlacing] = useState<ReplicaView | null>(null);
  const copyAll = useCopy();
  return (
    <>
      <ul className={part.list}>
        {replicas.map((replica) => (
          <Item
            key={replica.id}
            replica={replica}
            onRemove={() => setRemoving(replica)}
            onPlace={() => setPlacing(replica)}
          />
        ))}
      </ul>
      <BySchedule />
      <Acts>
        <Button leftSection={<IconPlus aria-hidden />} onClick={onAdd} data-testid="add-replica">
          Add a replica…
        </Button>
        {replicas.length > 1 && (
          <Button
            leftSection={<IconFolders aria-hidden />}
            loading={copyAll.isPending}
            onClick={() => copyAll.mutate({ replica: null, letGo: null })}
            data-testid="copy-replicas"
          >
            Copy to all that are connected
          </Button>
        )}
      </Acts>
      {copyAll.error && (
        <After>
          <ErrorPanel error={copyAll.error} title="Nothing was copied." />
        </After>
      )}
      {placing && (
        <PlaceDialog
          name={placing.name}
          replica={placing.id}
          declared={placing.declared}
          onClose={() => setPlacing(null)}
        />
      )}
      {removing && <RemoveReplicaDialog replica={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

/** Where there is none: what one is for. */
function NoReplica({ onAdd }: { onAdd: () => void }) {
  return (
    <>
      <p className={part.quiet}>
        A replica holds what the vault holds in a second folder, so that the backups outlive the vault’s disk.
        Three copies, on two kinds of storage, one of them elsewhere, outlive most things: the project itself
        while it answers, the vault, and a replica in another building. Health measures the first two, and
        asks you for the third.
      </p>
      <Acts>
        <Button leftSection={<IconPlus aria-hidden />} onClick={onAdd} data-testid="add-replica">
          Add a replica…
        </Button>
      </Acts>
    </>
  );
}

/** Where else the backups are, and whether that is current. */
export function ReplicaPart() {
  const { data, error, refetch } = useQuery(replicasQuery());
  const [isAdding, setAdding] = useState(false);
  const onAdd = () => setAdding(true);
  return (
    <Part
      id="replicas"
      title="Replicas"
      hint="Other folders that hold what the vault holds, copied from it and read back. They open with the same recovery kit."
    >
      {error && (
        <ErrorPanel error={error} title="The replicas could not be read." onRetry={() => void refetch()} />
      )}
      {!data && !error && <LoadingLines what="the replicas" />}
      {data &&
        (data.length === 0 ? <NoReplica onAdd={onAdd} /> : <ReplicaList replicas={data} onAdd={onAdd} />)}
      {isAdding && <AddReplicaDialog onClose={() => setAdding(false)} />}
    </Part>
  );
}
