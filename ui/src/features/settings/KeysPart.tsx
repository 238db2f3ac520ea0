import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { AddVaultKey, VaultKeyView, VaultView } from '../../ipc/bindings';
import { pickSaveFile } from '../../ipc/call';
import { commandQuery, useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';
import css from './Keys.module.css';
import { Acts, After, Part } from './Part';
import part from './Part.module.css';

/** A new key: its name, and the file for its kit. It is never shown in this window. */
function AddKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [useHere, setUseHere] = useState(false);
  const [path, setPath] = useState<string | null>(null);
  const add = useCommand('vault_key_add');
  const reason =
    name.trim() === '' ? 'Name the key first.' : path === null ? 'Choose where its kit goes.' : null;
  const choose = async () => {
    const chosen = await pickSaveFile(
      'Save the kit of the new key',
      `holdfast-key-${
        name
          .trim()
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-') || 'new'
      }.html`,
    );
    if (chosen !== null) setPath(chosen);
  };
  // As the command line tells them apart, too.
  const request = (called: string, to: string): AddVaultKey => ({
    name: called,
    path: to,
    format: /\.html?$/i.test(to) ? 'html' : 'text',
    useHere,
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (path !== null && reason === null) add.mutate(request(name.trim(), path));
  };
  return (
    <Modal opened onClose={onClose} title="Add a key to the vault" size="34rem">
      {add.data ? (
        <Stack gap={4}>
          <Note state="ok" title={`The key “${add.data.name}” opens the vault.`} testId="key-added">
            Its kit is in <code>{path}</code>, and nowhere else. Keep it apart from this computer.
          </Note>
          <DialogFoot>
            <Button variant="filled" onClick={onClose}>
              Done
            </Button>
          </DialogFoot>
        </Stack>
      ) : (
        <Stack as="form" gap={4} onSubmit={onSubmit}>
          <TextInput
            label="Who has it, or where it lies"
            placeholder="Safe of the office"
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
            data-testid="key-name"
          />
          <div className={css.where}>
            <code>{path ?? 'A file for its recovery kit'}</code>
            <Button onClick={() => void choose()} data-testid="key-kit">
              {path === null ? 'Choose…' : 'Change…'}
            </Button>
          </div>
          <Checkbox
            checked={useHere}
            onChange={(event) => setUseHere(event.currentTarget.checked)}
            label="This computer opens the vault with it from now on"
            description="Then the key that it uses now can be revoked, as after a kit was lost."
            data-testid="key-use-here"
          />
          {add.error && <ErrorPanel error={add.error} title="No key was added." />}
          <Equivalent
            asked={{ of: 'vault_key_add', request: request(name.trim() || 'NAME', path ?? 'FILE') }}
          />
          <DialogFoot reason={reason}>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              variant="filled"
              disabled={reason !== null}
              loading={add.isPending}
              data-testid="key-add"
            >
              Add the key
            </Button>
          </DialogFoot>
        </Stack>
      )}
    </Modal>
  );
}

function RevokeKeyDialog({ of, onClose }: { of: VaultKeyView; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const revoke = useCommand('vault_key_revoke', { onSuccess: onClose });
  return (
    <Modal opened onClose={onClose} title={`Revoke the key “${of.name}”`} size="34rem">
      <Stack gap={4}>
        <p>
          It opens the vault no more, nor the replicas once they were copied to. Every backup stays. Who
          opened the vault with it before may have kept what it is encrypted with: only a new vault takes that
          away.
        </p>
        <TypedConfirm
          expected={of.shortId}
          what="the beginning of its id"
          value={typed}
          onChange={setTyped}
          testId="confirm-key"
        />
        <Equivalent asked={{ of: 'vault_key_revoke', request: { key: of.shortId, confirm: of.shortId } }} />
        {revoke.error && <ErrorPanel error={revoke.error} title="It was not revoked." />}
        <DialogFoot>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger-filled"
            disabled={!isConfirmed(of.shortId, typed)}
            loading={revoke.isPending}
            onClick={() => revoke.mutate({ key: of.id, confirm: typed })}
            data-testid="key-revoke"
          >
            Revoke it
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

/** The keys that open the vault: who has each, since when, and the way to take one back. */
export function KeysPart({ vault }: { vault: VaultView }) {
  const isReady = vault.state === 'ready';
  const { data, error, refetch } = useQuery({ ...commandQuery('vault_keys', {}), enabled: isReady });
  const [isAdding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<VaultKeyView | null>(null);
  if (!isReady) return null;
  return (
    <Part
      id="keys"
      title="Keys of the vault"
      hint="Each opens all of it. One for every person or place that has a kit, so that one can be taken back without the others."
    >
      {error && (
        <ErrorPanel error={error} title="The keys could not be read." onRetry={() => void refetch()} />
      )}
      {!data && !error && <LoadingLines what="the keys" />}
      {data && (
        <ul className={part.list}>
          {data.map((key) => (
            <li key={key.id} className={part.item} data-testid="vault-key">
              <IconKey size={18} stroke={1.75} aria-hidden />
              <div className={part.itemWords}>
                <b>
                  {key.name === '' ? 'Without a name' : key.name}{' '}
                  {key.isInUse && <Chip state="ok">this computer</Chip>}
                </b>
                <span>
                  {key.createdAtMs === null ? (
                    'made at an unknown time'
                  ) : (
                    <>
                      made <Moment ms={key.createdAtMs} />
                    </>
                  )}
                  {key.host !== '' && ` on ${key.host}`}, <code>{key.shortId}</code>
                </span>
              </div>
              <Button
                size="xs"
                variant="danger"
                disabled={key.isInUse || data.length < 2}
                title={
                  data.length < 2
                    ? 'It is the only one.'
                    : key.isInUse
                      ? 'This computer opens the vault with it. Add another one for it first.'
                      : undefined
                }
                onClick={() => setRevoking(key)}
                aria-label={`Revoke ${key.name}`}
                data-testid={`revoke-${key.shortId}`}
              >
                Revoke…
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Acts>
        <Button leftSection={<IconPlus aria-hidden />} onClick={() => setAdding(true)} data-testid="add-key">
          Add a key…
        </Button>
      </Acts>
      {data && data.length > 1 && (
        <After>
          <p className={part.quiet}>
            Replicas follow with the next copy: a key that was revoked opens them until then.
          </p>
        </After>
      )}
      {isAdding && <AddKeyDialog onClose={() => setAdding(false)} />}
      {revoking && <RevokeKeyDialog of={revoking} onClose={() => setRevoking(null)} />}
    </Part>
  );
}
