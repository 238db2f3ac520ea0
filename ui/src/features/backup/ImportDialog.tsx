import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import type { BackupView, PlanRemoteImport, ProjectRow } from '../../ipc/bindings';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { RemotePlan } from '../../shared/RemotePlan';
import { importPlanQuery } from './queries';

interface ImportProps {
  backup: BackupView;
  /** Projects whose platform can be asked. */
  projects: readonly ProjectRow[];
  /** The one that the backup is of, where it is among them. */
  own: string | null;
  onClose: () => void;
}

function Planned({
  request,
  onBack,
  onClose,
}: {
  request: PlanRemoteImport;
  onBack: () => void;
  onClose: () => void;
}) {
  const plan = useQuery(importPlanQuery(request));
  if (plan.data) return <RemotePlan plan={plan.data} onClose={onClose} onBack={onBack} />;
  return (
    <>
      {plan.error ? (
        <ErrorPanel error={plan.error} title="It could not be planned." onRetry={() => void plan.refetch()} />
      ) : (
        <LoadingLines what="what the platform would make" />
      )}
      <DialogFoot>
        <Button onClick={onBack}>Back</Button>
      </DialogFoot>
    </>
  );
}

/** A new project at a platform, of the file of a backup that is in the vault: where, how it is called, the plan, the typed name. */
export function ImportDialog({ backup, projects, own, onClose }: ImportProps) {
  const [at, setAt] = useState(own ?? projects[0]?.id ?? '');
  const [name, setName] = useState('');
  const [request, setRequest] = useState<PlanRemoteImport | null>(null);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') setRequest({ project: at, backup: backup.row.id, newName: name.trim() });
  };
  return (
    <Modal opened onClose={onClose} title={`A new project of the backup ${backup.row.shortId}`} size="36rem">
      {request !== null ? (
        <Stack gap={5} columns={1}>
          <Planned request={request} onBack={() => setRequest(null)} onClose={onClose} />
        </Stack>
      ) : (
        <Stack as="form" gap={5} columns={1} onSubmit={onSubmit}>
          <Text tone="soft" size="sm" leading={1.45}>
            The platform makes it of the file that this backup was made of. A file of this disk can be given
            on the command line only, so that nothing that takes this window over can send one away.
          </Text>
          <NativeSelect
            label="At the platform of"
            value={at}
            onChange={(event) => setAt(event.currentTarget.value)}
            data={projects.map((project) => ({
              value: project.id,
              label: `${project.name}, ${project.place}`,
            }))}
            data-testid="import-at"
          />
          <TextInput
            label="Name of the new project there"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={100}
            data-autofocus
            data-testid="import-name"
          />
          <DialogFoot reason={name.trim() === '' ? 'Name the new project.' : null}>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="filled" disabled={name.trim() === ''} data-testid="plan-import">
              Next: what would happen
            </Button>
          </DialogFoot>
        </Stack>
      )}
    </Modal>
  );
}
