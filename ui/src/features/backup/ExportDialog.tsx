import { Button, Modal } from '@mantine/core';
import { IconFileExport, IconFolder } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { BackupView } from '../../ipc/bindings';
import { pickSaveFile } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes } from '../../shared/format';
import { Row, Stack, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import classes from './ExportDialog.module.css';
import {
  askedOf,
  draftOf,
  fileName,
  isOfSomeTables,
  missing,
  nameOfPart,
  partRequest,
  wholeRequest,
  type ExportDraft,
} from './exportDraft';
import { PackingField, PartFields, SealFields } from './ExportFields';

const SCOPES = [
  { value: 'whole', label: 'Whole backup', testId: 'export-whole' },
  { value: 'part', label: 'One part', testId: 'export-part' },
] as const;

/** Whatever else changes, changes the name, so that the place is chosen anew. */
const KEPT: readonly (keyof ExportDraft)[] = ['passphrase', 'again', 'path', 'tables'];

/** The button's words; how much rows of chosen tables are is known once they are written. */
function actOf(draft: ExportDraft, size: number | undefined): string {
  if (draft.scope === 'whole') return `Export ${bytes(size)}`;
  return isOfSomeTables(draft) ? 'Save these rows' : `Save ${bytes(size)}`;
}

interface ContentProps {
  backup: BackupView;
  onClose: () => void;
  /** The part that is asked for first; absent for the whole backup. */
  first?: string | undefined;
}

function Content({ backup, onClose, first }: ContentProps) {
  const { row, trees } = backup;
  // A folder is saved as a tar of its files.
  const parts = [
    ...backup.parts,
    ...trees.map(({ component, path, sizeBytes }) => ({ component, path, sizeBytes, sha256: '' })),
  ];
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => draftOf(parts, first));
  const onSuccess = ({ jobId }: { jobId: string }) =>
    void navigate({ to: '/run/$id', params: { id: jobId } });
  const whole = useCommand('backup_export', { onSuccess });
  const part = useCommand('backup_save', { onSuccess });
  const { error, isPending, reset } = draft.scope === 'whole' ? whole : part;
  const change = (more: Partial<ExportDraft>) => {
    const isSameFile = (Object.keys(more) as (keyof ExportDraft)[]).every((key) => KEPT.includes(key));
    setDraft({ ...draft, ...(isSameFile ? {} : { path: null }), ...more });
    if (error) reset();
  };
  const size =
    draft.scope === 'whole'
      ? parts.reduce((sum, one) => sum + one.sizeBytes, 0)
      : parts.find((one) => nameOfPart(one) === draft.part)?.sizeBytes;
  const reason = missing(draft);

  const onChoose = async () => {
    const path = await pickSaveFile(
      draft.scope === 'whole' ? 'Export the backup' : 'Save a copy',
      fileName(row, draft),
    );
    if (path !== null) change({ path });
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (reason !== null || draft.path === null) return;
    if (draft.scope === 'whole') whole.mutate(wholeRequest(row.id, draft, draft.path));
    else part.mutate(partRequest(row.id, draft, draft.path));
  };

  return (
    <Stack as="form" gap={5} onSubmit={onSubmit}>
      <div>
        <Segmented
          label="What leaves"
          value={draft.scope}
          options={SCOPES}
          onChange={(scope) => change({ scope })}
        />
        <Text top={2} tone="soft" size="sm">
          {draft.scope === 'whole'
            ? 'One file with everything in the backup, its manifest and checksums. tar, zstd and age open it anywhere, without Holdfast.'
            : 'One file of the backup, in the form that the other side wants.'}
        </Text>
      </div>
      {draft.scope === 'part' && <PartFields draft={draft} parts={parts} onChange={change} />}
      <PackingField draft={draft} onChange={change} />
      <SealFields draft={draft} onChange={change} />
      <div>
        <Text as="span" block bottom={1} size="sm" weight="medium" id="export-where">
          Where to
        </Text>
        <div className={classes.place} aria-labelledby="export-where">
          <code title={draft.path ?? undefined} data-testid="export-path">
            {draft.path ?? fileName(row, draft)}
          </code>
          <Button
            leftSection={<IconFolder aria-hidden />}
            onClick={() => void onChoose()}
            data-testid="export-choose"
          >
            {draft.path === null ? 'Choose…' : 'Change…'}
          </Button>
        </div>
      </div>
      {error && <ErrorPanel error={error} title="Nothing was written." />}
      <Equivalent asked={askedOf(row, draft)} />
      <Row gap={2} justify="end" wraps>
        {reason !== null && <span className={classes.reason}>{reason}</span>}
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          leftSection={<IconFileExport aria-hidden />}
          disabled={reason !== null}
          loading={isPending}
          data-testid="export-start"
        >
          {actOf(draft, size)}
        </Button>
      </Row>
    </Stack>
  );
}

/** A backup leaves the vault as a file: all of it, or one part. */
export function ExportDialog({ isOpen, ...rest }: ContentProps & { isOpen: boolean }) {
  return (
    <Modal
      opened={isOpen}
      onClose={rest.onClose}
      title={`Export the backup ${rest.backup.row.shortId} of ${rest.backup.row.project}`}
      size="36rem"
    >
      <Content {...rest} />
    </Modal>
  );
}
