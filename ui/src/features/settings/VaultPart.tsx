import { Button, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconEraser, IconRefresh, IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import type { VaultState, VaultView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { CopyIcon } from '../../shared/CommandLine';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, count, counted } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { RollingParts } from '../../shared/RollingParts';
import { rollingQuery, rollingSentence } from '../../shared/rolling';
import { FreeSpaceDialog } from './FreeSpace';
import { KeysPart } from './KeysPart';
import { KitPart } from './KitPart';
import { Acts, After, Part } from './Part';
import { PlaceDialog, placeWords } from './PlaceDialog';
import { vaultPlaceQuery } from './queries';
import { RepairVault } from './RepairVault';
import classes from './VaultPart.module.css';

const STATES: Record<VaultState, { words: string; state: 'ok' | 'danger' | 'warn' }> = {
  ready: { words: 'ready', state: 'ok' },
  gone: { words: 'not there', state: 'danger' },
  key_missing: { words: 'key is missing', state: 'danger' },
  broken: { words: 'broken', state: 'danger' },
};

/** More are in the log of the check. */
const DAMAGED_SHOWN = 5;
/** As long as nobody knows better. */
const PARTS = 12;

/** Where it is, as a person said, and the way to say it. */
function VaultPlace({ name }: { name: string }) {
  const { data } = useQuery(vaultPlaceQuery());
  const [isPlacing, placing] = useDisclosure(false);
  if (data === undefined) return null;
  return (
    <span className={classes.copy}>
      <span data-testid="vault-place">{placeWords(data.declared)}</span>
      <Button
        size="xs"
        variant="subtle"
        onClick={placing.open}
        aria-label="Say where the vault is"
        data-testid="vault-place-act"
      >
        Change…
      </Button>
      {isPlacing && (
        <PlaceDialog name={name} replica={null} declared={data.declared} onClose={placing.close} />
      )}
    </span>
  );
}

/** The vault: where it is, whether it is whole, its recovery kit. */
export function VaultPart({ vault }: { vault: VaultView }) {
  const navigate = useNavigate();
  const check = useCommand('vault_check', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const rebuild = useCommand('vault_rebuild_catalog');
  const { data: rolling } = useQuery(rollingQuery());
  const [isFreeing, freeing] = useDisclosure(false);
  const { words, state } = STATES[vault.state];
  const isReady = vault.state === 'ready';

  return (
    <>
      <Part
        id="vault"
        title="Vault"
        hint="Where the copies are. It opens with an independent tool and the key alone."
      >
        <KeyValue
          rows={[
            {
              name: 'Name',
              value: (
                <span className={classes.name}>
                  {vault.name} <Chip state={state}>{words}</Chip>
                </span>
              ),
            },
            {
              name: 'Folder',
              value: (
                <span className={classes.copy}>
                  <code>{vault.path}</code>
                  <CopyIcon text={vault.path} label="Copy the folder" />
                </span>
              ),
            },
            { name: 'Place', value: <VaultPlace name={vault.name} /> },
            {
              name: 'Id',
              value: (
                <span className={classes.copy}>
                  <code>{vault.id.slice(0, 16)}</code>
                  <CopyIcon text={vault.id} label="Copy the id of the vault" />
                </span>
              ),
            },
            { name: 'Holds', value: `${bytes(vault.storedBytes)} in ${counted(vault.backups, 'backup')}` },
            ...(rolling
              ? [
                  {
                    name: 'Read again',
                    value: rollingSentence(rolling),
                    note: <RollingParts rolling={rolling} />,
                  },
                ]
              : []),
            {
              name: 'Free',
              value: vault.freeBytes === null ? 'cannot be known now' : bytes(vault.freeBytes),
            },
          ]}
        />
        {vault.problem && (
          <After>
            <Note state={state === 'ok' ? 'warn' : state} title="The vault cannot be used now.">
              {vault.problem}
            </Note>
          </After>
        )}
        {rolling && rolling.damaged.length > 0 && (
          <After>
            <Note
              state="danger"
              title={`${counted(rolling.damaged.length, 'pack')} ${rolling.damaged.length === 1 ? 'is' : 'are'} damaged.`}
              testId="vault-damaged"
            >
              {rolling.damaged.slice(0, DAMAGED_SHOWN).map(({ file, message, atMs }) => (
                <p key={file}>
                  <code>{file}</code>: {message}. Found <Moment ms={atMs} />.
                </p>
              ))}
              <p>Repair the vault, below. It saves what is whole, and says which backups are affected.</p>
            </Note>
          </After>
        )}
        <Acts>
          <Menu position="bottom-start">
            <Menu.Target>
              <Button
                leftSection={<IconShieldCheck aria-hidden />}
                rightSection={<IconChevronDown aria-hidden />}
                disabled={!isReady}
                loading={check.isPending}
                data-testid="check-vault"
              >
                Check the vault
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => check.mutate({ slice: null })}>Its structure, in seconds</Menu.Item>
              <Menu.Item onClick={() => check.mutate({ slice: null, nextPart: { parts: null } })}>
                The next part of the data, one of {rolling?.parts ?? PARTS}
              </Menu.Item>
              <Menu.Item onClick={() => check.mutate({ slice: { n: 1, t: 1 } })}>
                All data, {bytes(vault.storedBytes)} to read
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button
            leftSection={<IconRefresh aria-hidden />}
            disabled={!isReady}
            loading={rebuild.isPending}
            onClick={() => rebuild.mutate({})}
            data-testid="rebuild-catalogue"
          >
            Rebuild the catalogue
          </Button>
          <Button
            leftSection={<IconEraser aria-hidden />}
            disabled={!isReady}
            onClick={freeing.open}
            data-testid="free-space"
          >
            Free space…
          </Button>
          <RepairVault isOff={vault.state === 'gone' || vault.state === 'key_missing'} />
        </Acts>
        <FreeSpaceDialog isOpen={isFreeing} onClose={freeing.close} />
        {check.error && (
          <After>
            <ErrorPanel error={check.error} title="The check did not start." />
          </After>
        )}
        {rebuild.error && (
          <After>
            <ErrorPanel
              error={rebuild.error}
              title="The catalogue could not be rebuilt."
              onRetry={() => rebuild.mutate({})}
            />
          </After>
        )}
        {rebuild.data && (
          <After>
            <Note
              state={rebuild.data.skipped.length === 0 ? 'ok' : 'warn'}
              title={`Read ${counted(rebuild.data.snapshots, 'snapshot')}: ${counted(rebuild.data.backups, 'backup')} of ${counted(rebuild.data.projects, 'project')}.`}
            >
              {rebuild.data.skipped.length > 0 && (
                <p>{count(rebuild.data.skipped.length)} could not be used:</p>
              )}
              {rebuild.data.skipped.map((skipped, at) => (
                <p key={at}>{skipped}</p>
              ))}
            </Note>
          </After>
        )}
      </Part>
      <KitPart vault={vault} />
      <KeysPart vault={vault} />
    </>
  );
}
