import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { AskCommand, ImportFiles, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Equivalent, hidden } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, sentence } from '../../shared/format';
import { Stack } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import type { Opened } from './FileReport';
import { fileName, proposedName, type Intent } from './words';

type Where = 'own' | 'other' | 'new';

type Props = {
  opened: Opened;
  /** Further files that may belong together with it. */
  others: readonly string[];
  projects: readonly ProjectRow[];
  intent: Intent;
  onClose: () => void;
  onStarted: (jobId: string) => void;
};

const TITLES: Record<Intent, string> = {
  keep: 'Keep it in the vault',
  look: 'Keep it, then open it in a private Postgres',
  drill: 'Keep it, then drill it',
  new: 'Keep it, then restore it as a new project',
};

/** Which project the file becomes a backup of; one job keeps it. */
export function KeepDialog({ opened, others, projects, intent, onClose, onStarted }: Props) {
  const { file, passphrase } = opened;
  const own = file.belongsTo;
  const live = projects.filter((project) => !project.isArchived && project.id !== own?.projectId);
  const [where, setWhere] = useState<Where>(own ? 'own' : 'new');
  const [other, setOther] = useState('');
  const [name, setName] = useState(() => proposedName(file));
  const [reason, setReason] = useState('');
  const [isTogether, setTogether] = useState(false);
  // The request may hold a passphrase.
  const start = useCommand('bundle_import', { gcTime: 0, onSuccess: ({ jobId }) => onStarted(jobId) });
  const paths = isTogether ? [...file.paths, ...others] : file.paths;
  const into =
    where === 'own' ? (own?.project ?? '') : (live.find((project) => project.id === other)?.name ?? '');
  const lacks =
    where === 'other' && other === ''
      ? 'Choose the project.'
      : where === 'new' && name.trim() === ''
        ? 'Name the project.'
        : null;
  const request: ImportFiles = {
    paths,
    passphrase,
    into: where === 'own' ? (own?.projectId ?? null) : where === 'other' ? other : null,
    asProject: where === 'new' ? name.trim() : null,
    reason: reason.trim() || null,
    isTrusted: false,
  };
  const asked: AskCommand = {
    of: 'bundle_import',
    request: {
      ...request,
      passphrase: hidden(passphrase),
      into: where === 'new' ? null : into || 'PROJECT',
      asProject: where === 'new' ? name.trim() || 'NAME' : null,
    },
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lacks === null) start.mutate(request);
  };

  return (
    <Modal opened onClose={onClose} title={TITLES[intent]} size="36rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <RadioRows<Where>
          label="Whose backup it becomes"
          name="keep-where"
          value={where}
          onChange={setWhere}
          rows={[
            ...(own
              ? [
                  {
                    value: 'own' as const,
                    title: `A backup of ${own.project}`,
                    aside: 'seems to belong there',
                    detail: sentence(own.why),
                    testId: 'keep-own',
                  },
                ]
              : []),
            {
              value: 'other',
              title: own ? 'A backup of another project' : 'A backup of a project that is here',
              isOff: live.length === 0,
              detail: live.length === 0 ? 'There is no other project.' : undefined,
              testId: 'keep-other',
              fields: (
                <NativeSelect
                  label="Project"
                  value={other}
                  onChange={(event) => setOther(event.currentTarget.value)}
                  data={[
                    { value: '', label: 'Choose a project' },
                    ...live.map((project) => ({
                      value: project.id,
                      label: `${project.name}, ${project.label}`,
                    })),
                  ]}
                  data-testid="keep-project"
                />
              ),
            },
            {
              value: 'new',
              title: 'The first backup of a new project',
              detail: 'A project of files: it has no server, and takes further files.',
              testId: 'keep-new',
              fields: (
                <TextInput
                  label="Name"
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  maxLength={100}
                  data-testid="keep-name"
                />
              ),
            },
          ]}
        />
        {others.length > 0 && (
          <Checkbox
            label={`The other ${counted(others.length, 'file')} belong to the same backup`}
            description={others.map(fileName).join(', ')}
            checked={isTogether}
            onChange={(event) => setTogether(event.currentTarget.checked)}
            data-testid="keep-together"
          />
        )}
        <TextInput
          label="Why, for the one who reads it later"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={200}
          data-testid="keep-reason"
        />
        {start.error && (
          <ErrorPanel
            error={start.error}
            title={start.error.code === 'name_taken' ? undefined : 'The import did not start.'}
          />
        )}
        <Equivalent asked={asked} />
        <DialogFoot reason={lacks}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={lacks !== null}
            loading={start.isPending}
            data-testid="keep-start"
          >
            {intent === 'keep' ? 'Keep it' : 'Keep it and go on'}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
