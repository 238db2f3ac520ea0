import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Page } from '../../shared/PageHeader';
import { AskAddress } from './AskAddress';
import { ConnectPlatform, needsDatabase } from './ConnectPlatform';
import { ConnectionStep } from './ConnectionStep';
import { connectionOf, formOf, secretsOf, withConnection } from './form';
import { appStateQuery, projectQuery } from './queries';
import { KindStep, type Kind } from './KindStep';
import { useLadder } from './useLadder';

/** A project is reached at its database, at its platform, or at both: each side is entered and changed by itself. */
export type Side = 'database' | 'platform';

/** Changes how a project is reached, or adds the side that it does not have yet. */
export function EditConnectionPage({ id, side }: { id: string; side?: Side | undefined }) {
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
  const { connection, platform } = project.data;
  const asked = side ?? (connection === null && platform !== null ? 'platform' : 'database');
  return asked === 'platform' ? (
    <EditPlatform project={project.data} />
  ) : (
    <EditDatabase project={project.data} />
  );
}

/** The platform: another address of the one it is on, or which one it is on. */
function EditPlatform({ project }: { project: ProjectView }) {
  const navigate = useNavigate();
  const [kind, setKind] = useState<Kind>(project.platform?.kind ?? 'supabase');
  const [isChosen, setChosen] = useState(project.platform !== null);
  const back = () => void navigate({ to: '/project/$id', params: { id: project.row.id } });
  if (isChosen && kind !== 'postgres') {
    const onBack =
      project.platform === null
        ? { words: 'Back', run: () => setChosen(false) }
        : { words: 'Cancel', run: back };
    return <ConnectPlatform key={kind} kind={kind} project={project} onBack={onBack} />;
  }
  const steps = [
    { id: 'kind', title: 'Kind', answer: 'Which platform' },
    { id: 'connection', title: 'Connection' },
    { id: 'test', title: 'Test' },
  ];
  return (
    <KindStep
      kind={kind}
      of={project.row.name}
      onChange={setKind}
      steps={steps}
      onNext={() => setChosen(true)}
      onCancel={back}
    />
  );
}

/** The database. What is entered of the platform stays as it is. */
function EditDatabase({ project }: { project: ProjectView }) {
  const { id, name } = project.row;
  const isNew = project.connection === null;
  const navigate = useNavigate();
  const secretsPlace = useQuery(appStateQuery()).data?.secrets.place ?? 'keychain';
  const [form, setForm] = useState(() => formOf(project));
  const climb = useLadder(form, id);
  const back = () => void navigate({ to: '/project/$id', params: { id } });
  const edit = useCommand('project_edit', { onSuccess: back });
  return (
    <ConnectionStep
      wizard={{
        title: isNew ? 'Connect the database' : 'Change the connection',
        subject: name,
        steps: [
          { id: 'connection', title: 'Connection', answer: isNew ? 'Where it is' : 'Change it' },
          { id: 'test', title: 'Test', answer: climb.summary.words },
        ],
        current: climb.wasTried ? 'test' : 'connection',
      }}
      heading={isNew ? `Where is the database of ${name}?` : `Where is ${name} now?`}
      lead={
        isNew
          ? 'Holdfast then backs it up by itself, beside what its platform does. It only reads; nothing is saved before the test has passed.'
          : 'Backups that exist are not touched. Nothing is saved before the test has passed.'
      }
      filler={
        project.platform !== null &&
        needsDatabase(project.platform.kind) && (
          <AskAddress
            project={id}
            onFill={(connection) => setForm((now) => withConnection(now, connection))}
          />
        )
      }
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
            ...secretsOf(form),
            platform: null,
            credentials: {},
          }),
      }}
      onCancel={back}
    />
  );
}
