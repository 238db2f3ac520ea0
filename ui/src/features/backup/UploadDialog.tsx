import { Button, Modal } from '@mantine/core';
import { IconCloudUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';

import type { BackupView, PlatformView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import { ability, whyNot } from '../../shared/platforms';
import { platformQuery } from './queries';

interface UploadProps {
  backup: BackupView;
  project: ProjectRow;
  /** Where the platform takes no file back, and makes projects of files. */
  onInstead: () => void;
  onClose: () => void;
}

function Upload({ backup, project, view, onInstead, onClose }: UploadProps & { view: PlatformView }) {
  const navigate = useNavigate();
  const upload = useCommand('platform_upload', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const reason = whyNot(view, 'upload');
  const there = view.backups.find(({ backupId }) => backupId === backup.row.id);
  if (reason !== null)
    return (
      <>
        <Note state="warn" title={`${view.platform} takes no backup file back.`} testId="no-upload">
          <p>{reason}</p>
          {ability(view, 'import').can && (
            <p>What it does take is a file as a new project, under a name of its own.</p>
          )}
        </Note>
        <DialogFoot>
          <Button onClick={onClose}>Close</Button>
          {ability(view, 'import').can && (
            <Button variant="filled" onClick={onInstead} data-testid="upload-instead">
              Make a new project of it…
            </Button>
          )}
        </DialogFoot>
      </>
    );
  return (
    <>
      <Text tone="soft" size="sm" leading={1.45}>
        The file that this backup was made of goes out of the vault to {view.platform}, for {view.remoteName}.
        It is held against its manifest before it leaves; nothing in the vault changes. What the vault
        encrypts is readable there.
      </Text>
      {there && (
        <Note state="warn" title="It is still there." testId="still-there">
          <p>
            {view.platform} lists it as <code>{there.id}</code>. Uploading makes a second one.
          </p>
        </Note>
      )}
      {upload.error && <ErrorPanel error={upload.error} title="The upload did not start." />}
      <Equivalent
        asked={{ of: 'platform_upload', request: { project: project.name, backup: backup.row.shortId } }}
      />
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="filled"
          leftSection={<IconCloudUp aria-hidden />}
          loading={upload.isPending}
          onClick={() => upload.mutate({ project: project.id, backup: backup.row.id })}
          data-testid="start-upload"
        >
          Upload it again
        </Button>
      </DialogFoot>
    </>
  );
}

/** Gives the file of a backup back to the platform that it came from. */
export function UploadDialog(props: UploadProps) {
  const { project, onClose } = props;
  const view = useQuery(platformQuery(project.id));
  return (
    <Modal opened onClose={onClose} title={`Upload it again for ${project.name}`} size="36rem">
      <Stack gap={5} columns={1}>
        {view.error && (
          <ErrorPanel
            error={view.error}
            title="Its platform could not be asked."
            onRetry={() => void view.refetch()}
          />
        )}
        {!view.data && !view.error && <LoadingLines what="what its platform can take" />}
        {view.data && <Upload {...props} view={view.data} />}
      </Stack>
    </Modal>
  );
}
