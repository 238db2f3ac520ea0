import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ConnectionView, ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import type { WizardStep } from '../../shared/WizardFrame';
import { ConnectionStep } from './ConnectionStep';
import { FirstBackup } from './FirstBackup';
import { connectionOf, formOf, secretsOf, withConnection } from './form';
import { appStateQuery } from './queries';
import { useLadder } from './useLadder';

type Given = {
  project: ProjectView;
  steps: readonly WizardStep[];
  /** The address that the platform names. */
  proposed: ConnectionView | null;
};

/** The other side of a project whose platform was just added: its database, which is backed up from here. */
export function ItsDatabase({ project, steps, proposed }: Given) {
  const { id, name } = project.row;
  const navigate = useNavigate();
  const secretsPlace = useQuery(appStateQuery()).data?.secrets.place ?? 'keychain';
  const [form, setForm] = useState(() =>
    proposed === null ? formOf(project) : withConnection(formOf(project), proposed),
  );
  const [connected, setConnected] = useState<ProjectView | null>(null);
  const climb = useLadder(form, id);
  const edit = useCommand('project_edit', { gcTime: 0, onSuccess: setConnected });
  if (connected !== null) return <FirstBackup project={connected} steps={[...steps]} />;
  return (
    <ConnectionStep
      wizard={{ title: 'Protect a project', subject: name, steps: [...steps], current: 'database' }}
      heading="Where is its database?"
      lead="The platform is saved, and gives no bytes of its backups. Holdfast reads the database itself and keeps verified copies of it. Paste the connection string and the fields fill."
      form={form}
      onChange={setForm}
      climb={climb}
      hasPassword={false}
      secretsPlace={secretsPlace}
      project={name}
      save={{
        words: 'Next: first backup',
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
      backWords="Later"
      onCancel={() => void navigate({ to: '/project/$id', params: { id } })}
    />
  );
}
