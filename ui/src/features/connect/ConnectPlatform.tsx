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
import { blankPlatform, credentialsOf, draftOf, proposedPlatformName, settingsOf, type PlatformDraft } from './platformForm';
import { PlatformStep } from './PlatformStep';
import { appStateQuery, formsQuery } from './queries';
import { usePlatformTest } from './usePlatformTest';

type Given = { kind: PlatformKindView; onBack: { words: string; run: () => void }; project?: ProjectView };

/** Connects a project on a platform, or changes how one is reached. */
export function ConnectPlatform({ kind, onBack, project }: Given) {
  const { data: forms, error, refetch } = useQuery(formsQuery());
  const form = forms?.find((each) => each.kind === kind);
  if (form) return <Connect form={form} onBack={onBack} {...(project ? { project } : {})} />;
  return (
    <Page width="read">
      {error || forms ? (
        <ErrorPanel error={error ?? new Error('this platform is not known')} title="Its form could not be read." onRetry={() => void refetch()}>
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
  const [draft, setDraft] = useState<PlatformDraft>(() => (project ? draftOf(form, project) : blankPlatform(form)));
  const [isNameTyped, setNameTyped] = useState(project !== undefined);
  const test = usePlatformTest(form, draft, project?.row.id ?? null);
  const open = (id: string) => void navigate({ to: '/project/$id', params: { id } });
  // The requests hold credentials.
  const add = useCommand('project_add', { gcTime: 0, onSuccess: ({ row }) => open(row.id) });
  const edit = useCommand('project_edit', { gcTime: 0, onSuccess: ({ row }) => open(row.id) });
  const change = (next: PlatformDraft) => {
    const typed = isNameTyped || next.name !== draft.name;
    if (typed !== isNameTyped) setNameTyped(typed);
    setDraft(typed ? next : { ...next, name: proposedPlatformName(next) });
  };
  const name = draft.name.trim();
  const sent = { label: draft.label, connection: null, password: null, platform: settingsOf(form, draft), credentials: credentialsOf(draft) };
  const run = () => (project ? edit.mutate({ ...sent, project: project.row.id, name: name === project.row.name ? null : name }) : add.mutate({ ...sent, name }));
  const saving = project ? edit : add;
  const current = test.wasTried ? 'test' : 'connection';
  const where = { id: 'connection', title: 'Connection', answer: project || current === 'connection' ? 'Where it is' : (draft.settings['address'] ?? '') };
  const steps: WizardStep[] = [...(project ? [] : [{ id: 'kind', title: 'Kind', answer: KIND_NAMES[form.kind] }]), where, { id: 'test', title: 'Test', answer: test.summary.words }];
  return (
    <PlatformStep
      wizard={{ title: project ? 'Change the connection' : 'Protect a project', subject: project?.row.name ?? (name || undefined), steps, current }}
      heading={project ? `Where is ${project.row.name} now?` : `Which project at ${form.name}?`}
      form={form}
      draft={draft}
      onChange={change}
      test={test}
      isStored={project?.platform !== undefined && project.platform !== null}
      secretsPlace={secretsPlace}
      save={{ words: project ? 'Save the connection' : 'Add the project', isPending: saving.isPending, error: saving.error, title: project ? 'The connection could not be saved.' : 'The project could not be added.', run }}
      {...(project ? { project: project.row.name } : {})}
      onBack={onBack}
    />
  );
}
