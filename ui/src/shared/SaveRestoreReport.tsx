import { Button, type ButtonProps } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';

import { pickSaveFile } from '../ipc/call';
import { useCommand } from '../ipc/client';

/** Writes a restore down for others: as a page, or as a document where the chosen name ends in `.json`. */
export function SaveRestoreReport({ restore, ...props }: { restore: string } & ButtonProps) {
  const save = useCommand('restore_report_save');
  const onSave = async () => {
    const path = await pickSaveFile('Save the report', `restore-${restore.slice(0, 8)}.html`);
    if (path !== null) save.mutate({ restore, path });
  };
  return (
    <>
      {save.isSuccess && <span role="status">Saved.</span>}
      {save.error && <span role="alert">Not saved: {save.error.message}</span>}
      <Button
        leftSection={<IconDownload aria-hidden />}
        loading={save.isPending}
        onClick={() => void onSave()}
        data-testid="save-restore-report"
        {...props}
      >
        Save report
      </Button>
    </>
  );
}
