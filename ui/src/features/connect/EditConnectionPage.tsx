import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Page } from '../../shared/PageHeader';
import { ConnectPlatform } from './ConnectPlatform';
import { ConnectionStep } from './ConnectionStep';
import { connectionOf, formOf } from './form';
import { appStateQuery, projectQuery } from './queries';
import { useLadder } from './useLadder';

/** Changes how a project is reached. */
export function EditConnectionPage({ id }: { id: string }) {
  const project = useQuery(projectQuery(id));
  if (project.isPending) return null;
  if (project.data === undefined)
    return (
      <Page width="read">
        <ErrorPanel
          error={project.error}
          title="The project could not be read."
          onRetry={() => void project.refetch()}
        />
      </Page>
    );
  return <Edit project={project.data} />;
}

function Edit({ project }: { project: ProjectView }) {
  const navigate = useNavigate();
  const back = () => void navigate({ to: '/project/$id', params: { id: project.row.id } });
  if (project.row.kind === 'platform' && project.platform !== null) return <ConnectPlatform kind={project.platform.kind} project={project} onBack={{ words: 'Cancel', run: back }} />;
  return <EditConnection project={project} />;
}

function EditConnection({ project }: { project: ProjectView }) {
  const { id, name } = project.row;
  const navigate = useNavigate();
  const secretsPlace = useQuery(appStateQuery()).data?.secrets.place ?? 'keychain';
  const [form, setForm] = useState(() => formOf(project));
  const climb = useLadder(form, id);
  const back = () => void navigate({ to: '/project/$id', params: { id } });
  const edit = useCommand('project_edit', { onSuccess: back });
  return (
    <ConnectionStep
      wizard={{
        title: 'Change the connection',
        subject: name,
        steps: [
          { id: 'connection', title: 'Connection', answer: 'Change it' },
          { id: 'test', title: 'Test', answer: climb.summary.words },
        ],
        current: climb.wasTried ? 'test' : 'connection',
      }}
      heading={`Where is ${name} now?`}
      lead="Backups that exist are not touched. Nothing is saved before the test has passed."
      form={form}
      onChange={setForm}
      climb={climb}
      hasPassword={project.hasPassword}
      secretsPlace={secretsPlace}
      project={name}
      save={{
        words: 'Save the connection',
        isPending: edit.isPending,
        error: edit.error,
        title: 'The connection could not be saved.',
        run: () =>
          edit.mutate({
            project: id,
            name: form.name.trim() === name ? null : form.name.trim(),
            label: form.label,
            connection: connectionOf(form),
            password: form.password === '' ? null : form.password,
            platform: null,
            credentials: {},
          }),
      }}
      onCancel={back}
    />
  );
}
