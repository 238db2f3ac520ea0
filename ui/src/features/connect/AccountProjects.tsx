import { Button, Checkbox } from '@mantine/core';
import { IconListSearch, IconShieldPlus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { AccountProjectView, AskAccount, PlatformFormView } from '../../ipc/bindings';
import { call, type CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, sentence } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import css from './AccountProjects.module.css';
import { credentialsOf, missingOf, settingsOf, type PlatformDraft } from './platformForm';

interface AccountProjectsProps {
  form: PlatformFormView;
  draft: PlatformDraft;
  onChange: (draft: PlatformDraft) => void;
  /** The project whose stored credentials may be used. */
  project: string | null;
}

/** Kinds whose accounts see more than one project; a token or an organisation of the others is for one alone. */
const WITH_ACCOUNTS = ['supabase', 'supamanager'];

function ThereRow({
  project,
  isChosen,
  onToggle,
}: {
  project: AccountProjectView;
  isChosen: boolean;
  onToggle: () => void;
}) {
  const { reference, name, region, status, serverVersion, hereName } = project;
  const detail = [region, serverVersion === null ? null : `Postgres ${serverVersion}`]
    .filter((part) => part !== null)
    .join(', ');
  return (
    <tr data-here={hereName !== null || undefined}>
      <td>
        <Checkbox
          size="xs"
          checked={isChosen}
          disabled={hereName !== null}
          onChange={onToggle}
          label={name}
          description={<code>{reference}</code>}
          data-testid={`account-project-${reference}`}
        />
      </td>
      <td>{detail}</td>
      <td>{hereName === null ? status : <Chip state="ok">here as {hereName}</Chip>}</td>
    </tr>
  );
}

/** What became of those that were added; one that was not holds up no other. */
function Added({
  added,
  listed,
}: {
  added: readonly { reference: string; id: string | null; name: string | null; problem: string | null }[];
  listed: readonly AccountProjectView[];
}) {
  const nameThere = (reference: string) =>
    listed.find((one) => one.reference === reference)?.name ?? reference;
  return (
    <ul className={css.added} data-testid="account-added" aria-live="polite">
      {added.map(({ reference, id, name, problem }) => (
        <li key={reference}>
          <StateIcon state={id === null ? 'danger' : 'ok'} size={16} />
          {id === null ? (
            <span>
              {nameThere(reference)} was not added: {problem}.
            </span>
          ) : (
            <Link to="/project/$id" params={{ id }}>
              {name}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The projects that the account sees: one fills the form, several are added at once. */
export function AccountProjects({ form, draft, onChange, project }: AccountProjectsProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const account: AskAccount = {
    platform: { ...settingsOf(form, draft), reference: '' },
    credentials: credentialsOf(draft),
    project,
  };
  // The requests hold credentials.
  const list = useMutation<AccountProjectView[], CommandError>({
    gcTime: 0,
    mutationFn: () => call('platform_projects', account),
    onSuccess: () => setChosen([]),
  });
  const add = useCommand('platform_projects_add', {
    gcTime: 0,
    onSuccess: () => (setChosen([]), list.mutate()),
  });
  if (!WITH_ACCOUNTS.includes(form.kind)) return null;
  const isReady =
    missingOf(form, { ...draft, settings: { ...draft.settings, reference: 'x' } }, project !== null) === null;
  const listed = list.data ?? [];
  // Of credentials the command line knows their names alone.
  const named = {
    ...account,
    credentials: Object.fromEntries(Object.keys(account.credentials).map((one) => [one, ''])),
  };
  const free = listed.filter(({ hereId }) => hereId === null);
  const toggle = (reference: string) =>
    setChosen(
      chosen.includes(reference) ? chosen.filter((one) => one !== reference) : [...chosen, reference],
    );
  const only = chosen.length === 1 ? listed.find(({ reference }) => reference === chosen[0]) : undefined;
  const use = ({ reference, name }: AccountProjectView) => {
    list.reset();
    onChange({
      ...draft,
      name: draft.name.trim() === '' || draft.name === draft.settings['reference'] ? name : draft.name,
      settings: { ...draft.settings, reference },
    });
  };
  return (
    <div className={css.account}>
      <Button
        size="xs"
        leftSection={<IconListSearch aria-hidden />}
        disabled={!isReady}
        loading={list.isPending}
        onClick={() => list.mutate()}
        data-testid="account-list"
      >
        {list.data ? 'List them again' : 'List the account’s projects'}
      </Button>
      {!isReady && (
        <Text as="span" tone="quiet" size="xs">
          Once it is said who signs in, its projects can be listed and chosen here.
        </Text>
      )}
      {list.error && <ErrorPanel error={list.error} title="Its projects could not be listed." />}
      {list.data && (
        <>
          <div className={css.box}>
            <table className={css.table} aria-label="Projects of the account" data-testid="account-projects">
              <tbody>
                {listed.map((one) => (
                  <ThereRow
                    key={one.reference}
                    project={one}
                    isChosen={chosen.includes(one.reference)}
                    onToggle={() => toggle(one.reference)}
                  />
                ))}
              </tbody>
            </table>
            {listed.length === 0 && (
              <Text tone="quiet" size="xs">
                {sentence('the account sees no project')}
              </Text>
            )}
          </div>
          <Row gap={2} align="stretch" wraps>
            {free.length > 1 && (
              <Button
                size="xs"
                variant="subtle"
                onClick={() =>
                  setChosen(chosen.length === free.length ? [] : free.map(({ reference }) => reference))
                }
                data-testid="account-all"
              >
                {chosen.length === free.length ? 'Choose none' : `Choose all ${free.length}`}
              </Button>
            )}
            {only && project === null && (
              <Button size="xs" onClick={() => use(only)} data-testid="account-use">
                Use it in the form
              </Button>
            )}
            <Button
              size="xs"
              variant="filled"
              leftSection={<IconShieldPlus aria-hidden />}
              disabled={chosen.length === 0}
              loading={add.isPending}
              onClick={() => add.mutate({ account, label: draft.label, references: [...chosen] })}
              data-testid="account-add"
            >
              {chosen.length === 0 ? 'Add what is chosen' : `Add ${counted(chosen.length, 'project')}`}
            </Button>
          </Row>
          <Equivalent
            asked={
              chosen.length === 0
                ? null
                : {
                    of: 'project_add_chosen',
                    request: { account: named, label: draft.label, references: [...chosen] },
                  }
            }
          />
        </>
      )}
      {add.error && <ErrorPanel error={add.error} title="They could not be added." />}
      {add.data && <Added added={add.data} listed={listed} />}
    </div>
  );
}
