import { Button, TextInput } from '@mantine/core';
import { IconCheck, IconFileText, IconPrinter } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import type { KitFormat, VaultDraft } from '../../ipc/bindings';
import { call, pickSaveFile } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import { Block } from '../../shared/Layout';
import { Words } from '../../shared/Words';
import type { Choice } from './Choices';
import { KitCard } from './KitCard';
import { readBackHelp } from './words';
import css from './WelcomePage.module.css';

/** Characters in a group of the key. */
const GROUP = 4;

type Props = { draft: VaultDraft; choice: Choice; onCreated: () => void };

/** The kit is saved, its last group read back, and only then the vault is created. */
export function RecoveryKit({ draft, choice, onCreated }: Props) {
  const [group, setGroup] = useState('');
  const save = useMutation({
    mutationFn: async (format: KitFormat) => {
      const name = `holdfast-recovery-kit-${draft.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
      const path = await pickSaveFile(
        'Save the recovery kit',
        `${name}.${format === 'html' ? 'html' : 'txt'}`,
      );
      if (path !== null) await call('vault_kit_save', { draftId: draft.id, path, format });
      return path;
    },
    // A closed dialog is no answer: what was saved before stays saved.
    onSuccess: (path) => {
      if (path !== null) setSavedTo(path);
    },
  });
  const [savedTo, setSavedTo] = useState(draft.kitSavedTo);
  const create = useCommand('vault_create', { onSuccess: onCreated });
  const isReady = savedTo !== null && group.length === GROUP;
  const wrongGroup = create.error?.code === 'wrong_group' ? create.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) create.mutate({ draftId: draft.id, lastGroup: group });
  };
  return (
    <>
      <KitCard name={draft.name} groups={draft.keyGroups} />
      <div className={css.save}>
        <Button leftSection={<IconPrinter />} onClick={() => save.mutate('html')} data-testid="kit-save-page">
          Save as page
        </Button>
        <Button
          leftSection={<IconFileText />}
          onClick={() => save.mutate('text')}
          data-testid="kit-save-text"
        >
          Save as text
        </Button>
        {savedTo !== null && (
          <p className={css.saved} role="status" title={savedTo} data-testid="kit-saved">
            <IconCheck size={14} stroke={1.75} aria-hidden />
            <span>Saved to {savedTo.split(/[\\/]/).at(-2) ?? savedTo}</span>
          </p>
        )}
      </div>
      {save.isError && (
        <div className={css.gap}>
          <ErrorPanel error={save.error} title="The recovery kit could not be saved." />
        </div>
      )}
      <Block as="form" top={4.5} onSubmit={submit}>
        <label className={css.readBackLabel} htmlFor="kit-last-group">
          Read it back: the last group of the key, from your copy
        </label>
        <div className={css.readBackRow}>
          <TextInput
            id="kit-last-group"
            className={css.group}
            value={group}
            maxLength={GROUP}
            autoComplete="off"
            spellCheck={false}
            disabled={savedTo === null}
            error={wrongGroup !== null}
            aria-describedby="read-back-help"
            onChange={(event) => {
              create.reset();
              setGroup(event.currentTarget.value.toUpperCase().replaceAll(/\s/g, ''));
            }}
            data-testid="kit-last-group"
          />
          <Button
            type="submit"
            variant="filled"
            disabled={!isReady}
            loading={create.isPending}
            data-testid="create-vault"
          >
            Create the vault
          </Button>
        </div>
        <p className={css.help} id="read-back-help" aria-live="polite">
          {wrongGroup !== null ? (
            <span className="tone-danger">
              <Words text={`${sentence(wrongGroup.message)} ${wrongGroup.hint ?? ''}`} />
            </span>
          ) : (
            readBackHelp(savedTo !== null, GROUP - group.length, choice)
          )}
        </p>
      </Block>
      {create.isError && wrongGroup === null && (
        <div className={css.gap}>
          <ErrorPanel error={create.error} title="The vault could not be created." />
        </div>
      )}
    </>
  );
}
