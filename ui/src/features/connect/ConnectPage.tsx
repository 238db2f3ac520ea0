import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ProjectView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ConnectionStep } from './ConnectionStep';
import { ConnectPlatform } from './ConnectPlatform';
import { connectionOf, EMPTY, secretsOf, type Form } from './form';
import { FirstBackup } from './FirstBackup';
import { KindStep, type Kind } from './KindStep';
import { foundServer } from './ladder';
import { appStateQuery } from './queries';
import { useLadder } from './useLadder';

const KIND = { id: 'kind', title: 'Kind', answer: 'Postgres' };

/** Where it is; the line may break at the slash. */
const place = ({ host, database }: Form) => (
  <>
    {host}/<wbr />
    {database}
  </>
);

/** Protects a project: what it is first, since a platform is connected in another way than a database. */
export function ConnectPage() {
  const navigate = useNavigate();
  const [kind, setKind] = useState<Kind>('postgres');
  const [isChosen, setChosen] = useState(false);
  const back = () => setChosen(false);
  if (isChosen)
    return kind === 'postgres' ? (
      <ConnectDatabase onBack={back} />
    ) : (
      <ConnectPlatform kind={kind} onBack={{ words: 'Back', run: back }} />
    );
  const later =
    kind === 'postgres'
      ? [
          { id: 'connection', title: 'Connection' },
          { id: 'test', title: 'Test' },
          { id: 'backup', title: 'First backup' },
        ]
      : [
          { id: 'connection', title: 'Connection' },
          { id: 'test', title: 'Test' },
        ];
  return (
    <KindStep
      kind={kind}
      onChange={setKind}
      steps={[{ id: 'kind', title: 'Kind', answer: 'Database or platform' }, ...later]}
      onNext={() => setChosen(true)}
      onCancel={() => void navigate({ to: '/' })}
    />
  );
}

/** A database: where it is, that it can be read, and its first backup. */
function ConnectDatabase({ onBack }: { onBack: () => void }) {
  const state = useQuery(appStateQuery()).data;
  const [form, setForm] = useState<Form>(EMPTY);
  const [added, setAdded] = useState<ProjectView | null>(null);
  const climb = useLadder(form, null);
  const add = useCommand('project_add', { onSuccess: setAdded });
  if (added !== null) {
    const steps = [
      KIND,
      { id: 'connection', title: 'Connection', answer: place(form) },
      { id: 'test', title: 'Test', answer: climb.ladder === null ? 'passed' : foundServer(climb.ladder) },
      { id: 'backup', title: 'First backup', answer: 'Now or later' },
    ];
    return <FirstBackup project={added} steps={steps} />;
  }
  const isTestNow = climb.isTesting || climb.wasTried;
  const steps = [
    KIND,
    {
      id: 'connection',
      title: 'Connection',
      answer: isTestNow && form.host !== '' ? place(form) : 'Where it is',
    },
    { id: 'test', title: 'Test', answer: climb.summary.words },
    { id: 'backup', title: 'First backup' },
  ];
  return (
    <ConnectionStep
      wizard={{
        title: 'Protect a project',
        subject: form.name || undefined,
        steps,
        current: isTestNow ? 'test' : 'connection',
      }}
      heading="Where is the database?"
      lead="Holdfast only reads. Paste the connection string and the fields fill."
      form={form}
      onChange={setForm}
      climb={climb}
      hasPassword={false}
      secretsPlace={state?.secrets.place ?? 'keychain'}
      save={{
        words: 'Next: first backup',
        isPending: add.isPending,
        error: add.error,
        title: 'The project could not be added.',
        run: () =>
          add.mutate({
            name: form.name.trim(),
            label: form.label,
            connection: connectionOf(form),
            ...secretsOf(form),
            platform: null,
            credentials: {},
          }),
      }}
      backWords="Back"
      onCancel={onBack}
    />
  );
}
