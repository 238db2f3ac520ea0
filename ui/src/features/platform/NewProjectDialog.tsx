import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { IconFolderPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import type { LabelView, MakeRemoteProject, PlatformView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import css from './Platform.module.css';

/** Makes a new, empty project at the platform: what a backup is brought back into where the old one is gone. */
export function NewProjectDialog({
  project,
  view,
  onClose,
}: {
  project: { id: string; name: string };
  view: PlatformView;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState(`${project.name}-new`);
  const [label, setLabel] = useState<LabelView>('staging');
  const [region, setRegion] = useState('');
  const [organization, setOrganization] = useState('');
  const start = useCommand('platform_new_project', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const request: MakeRemoteProject = {
    like: project.id,
    name: name.trim(),
    label,
    organization: organization.trim() || null,
    region: region.trim() || null,
    size: null,
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate(request);
  };
  return (
    <Modal opened onClose={onClose} title={`A new project at ${view.platform}`} size="36rem">
      <Stack onSubmit={onSubmit} as="form" gap={5} columns={1}>
        <p className={css.text}>
          {view.platform} makes an empty project with the account of {project.name}; it may cost money there.
          Holdfast waits until it can be used, and adds it here. Then a backup can be brought back into it.
        </p>
        <Stack gap={3} columns={2} align="start">
          <TextInput
            label="Name, there and here"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={80}
            data-testid="new-project-name"
            data-autofocus
          />
          <NativeSelect
            label="What it is to you"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value as LabelView)}
            data={[
              { value: 'production', label: 'Production' },
              { value: 'staging', label: 'Staging' },
              { value: 'development', label: 'Development' },
            ]}
          />
          <TextInput
            label="Region"
            placeholder={`as ${project.name}`}
            value={region}
            onChange={(event) => setRegion(event.currentTarget.value)}
            data-testid="new-project-region"
          />
          <TextInput
            label="Organisation"
            placeholder={`as ${project.name}`}
            value={organization}
            onChange={(event) => setOrganization(event.currentTarget.value)}
          />
        </Stack>
        <p className={css.text}>
          The password of its database is made here, and goes to the keychain. Nobody has to copy it.
        </p>
        {start.error && <ErrorPanel error={start.error} title="It was not begun." />}
        <Equivalent asked={{ of: 'platform_new_project', request: { ...request, like: project.name } }} />
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            leftSection={<IconFolderPlus aria-hidden />}
            disabled={request.name === ''}
            loading={start.isPending}
            data-testid="make-project"
          >
            Make {request.name === '' ? 'it' : request.name}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
