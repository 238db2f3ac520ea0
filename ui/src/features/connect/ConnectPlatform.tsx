import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { PlatformFormView, PlatformKindView, ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page } from '../../shared/PageHeader';
import type { WizardStep } from '../../shared/WizardFrame';
import { KIND_NAMES } from './KindStep';
import {
  blankPlatform,
  credentialsOf,
  draftOf,
  proposedPlatformName,
  settingsOf,
  type PlatformDraft,
} from './platformForm';
import { FirstBackup } from './FirstBackup';
import { connectionOf, secretsOf } from './form';
import { ItsDatabase } from './ItsDatabase';
import { PlatformStep } from './PlatformStep';
import { appStateQuery, formsQuery } from './queries';
import { useFoundDatabase } from './useFoundDatabase';
import { usePlatformTest } from './usePlatformTest';

/** Platforms that give no bytes of their backups: without the database's own connection nothing comes into the vault
 * but the configuration. */
export const needsDatabase = (kind: PlatformKindView) => kind === 'supabase';
const LATER: WizardStep[] = [
  { id: 'database', title: 'Its database' },
  { id: 'backup', title: 'First backup' },
];

type Given = { kind: PlatformKindView; onBack: { words: string; run: () => void }; project?: ProjectView };

/** Connects a project on a platform, or changes how one is reached. */
export function ConnectPlatform({ kind, onBack, project }: Given) {
  const { data: forms, error, refetch } = useQuery(formsQuery());
  const form = forms?.find((each) => each.kind === kind);
  if (form) return <Connect form={form} onBack={onBack} {...(project ? { project } : {})} />;
  return (
    <Page width="read">
      {error || forms ? (
        <ErrorPanel
          error={error ?? new Error('this platform is not known')}
          title="Its form could not be read."
          onRetry={() => void refetch()}
        >
          <Button onClick={onBack.run}>{onBack.words}</Button>
        </ErrorPanel>
      ) : (
        <LoadingLines what="the form" />
      )}
    </Page>
  );
}

function Connect({ form, onBack, project }: Omit<Given, 'kind'> & { form: PlatformFormView }) {
  const navigate = useNavigate();
  const secretsPlace = useQuery(appStateQuery()).data?.secrets.place ?? 'keychain';
  const [draft, setDraft] = useState<PlatformDraft>(() =>
    project ? draftOf(form, project) : blankPlatform(form),
  );
  const [isNameTyped, setNameTyped] = useState(project !== undefined);
  const isHalf = needsDatabase(form.kind) && project === undefined;
  const found = useFoundDatabase(form, draft);
  const test = usePlatformTest(form, draft, project?.row.id ?? null, isHalf ? found.find : undefined);
  const open = (id: string) => void navigate({ to: '/project/$id', params: { id } });
  // The requests hold credentials. Of the other side nothing is sent, so that it stays as it is.
  const [added, setAdded] = useState<ProjectView | null>(null);
  const database = isHalf && found.passed ? found.database : null;
  const add = useCommand('project_add', {
    gcTime: 0,
    onSuccess: (view) => (isHalf ? setAdded(view) : open(view.row.id)),
  });
  const edit = useCommand('project_edit', { gcTime: 0, onSuccess: ({ row }) => open(row.id) });
  const change = (next: PlatformDraft) => {
    const typed = isNameTyped || next.name !== draft.name;
    if (typed !== isNameTyped) setNameTyped(typed);
    setDraft(typed ? next : { ...next, name: proposedPlatformName(next) });
  };
  const name = draft.name.trim();
  const sent = {
    label: draft.label,
    connection: database && connectionOf(database),
    ...(database ? secretsOf(database) : { password: null, sshSecret: null }),
    platform: settingsOf(form, draft),
    credentials: credentialsOf(draft),
  };
  const run = () =>
    project
      ? edit.mutate({ ...sent, project: project.row.id, name: name === project.row.name ? null : name })
      : add.mutate({ ...sent, name });
  const saving = project ? edit : add;
  const isOnIt = project?.platform?.kind === form.kind;
  const current = test.wasTried ? 'test' : 'connection';
  const where = {
    id: 'connection',
    title: 'Connection',
    answer: project || current === 'connection' ? 'Where it is' : (draft.settings['address'] ?? ''),
  };
  const steps: WizardStep[] = [
    ...(project ? [] : [{ id: 'kind', title: 'Kind', answer: KIND_NAMES[form.kind] }]),
    where,
    { id: 'test', title: 'Test', answer: test.summary.words },
    ...(isHalf ? LATER.slice(database === null ? 0 : 1) : []),
  ];
  if (added !== null && added.connection !== null) return <FirstBackup project={added} steps={steps} />;
  if (added !== null)
    return <ItsDatabase project={added} steps={steps} proposed={found.addresses?.sessionPooler ?? null} />;
  return (
    <PlatformStep
      wizard={{
        title: project ? (isOnIt ? 'Change the platform' : 'Add its platform') : 'Protect a project',
        subject: project?.row.name ?? (name || undefined),
        steps,
        current,
      }}
      heading={project && isOnIt ? `Where is ${project.row.name} now?` : `Which project at ${form.name}?`}
      form={form}
      draft={draft}
      onChange={change}
      test={test}
      found={isHalf ? found : undefined}
      isStored={isOnIt}
      secretsPlace={secretsPlace}
      save={{
        words: project
          ? isOnIt
            ? 'Save the connection'
            : 'Add the platform'
          : database !== null
            ? 'Next: first backup'
            : isHalf
              ? 'Next: its database'
              : 'Add the project',
        isPending: saving.isPending,
        error: saving.error,
        title: project ? 'The connection could not be saved.' : 'The project could not be added.',
        run,
      }}
      {...(project ? { project: project.row.name } : {})}
      onBack={onBack}
    />
  );
}
