import { Button } from '@mantine/core';
import { IconFolder } from '@tabler/icons-react';

import type { PlanFileView } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import { Row } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { StateIcon } from '../../shared/StateIcon';
import classes from './PlanPage.module.css';

/** Where a page of each project's plan is kept current. */
export function FilePart({ file }: { file: PlanFileView }) {
  const set = useCommand('recovery_plan_folder_set');
  const again = useCommand('recovery_plan_export');
  const choose = async () => {
    const folder = await pickFolder('Keep the recovery plans of all projects in this folder');
    if (folder !== null) set.mutate({ folder });
  };
  const problems = set.data?.problems ?? [];
  return (
    <section className={classes.part} aria-label="Kept current" data-testid="plan-file">
      <div className={classes.words}>
        <h3>Kept current in a folder</h3>
        {file.folder === null && (
          <p>
            Nowhere. Name a folder that others reach, on a share or a stick: a page of each project is written
            there whenever it changes.
          </p>
        )}
        {file.folder !== null && (
          <p className={classes.path}>
            <code>{file.path ?? file.folder}</code>
          </p>
        )}
        {file.problem !== null ? (
          <Row as="p" gap={1.5} sign={0.8} align="start" role="alert">
            <StateIcon state="danger" label="not written" size={14} /> {sentence(file.problem)} It is tried
            again.
          </Row>
        ) : (
          file.writtenAtMs !== null && (
            <Row as="p" gap={1.5} sign={0.8} align="start">
              <StateIcon state="ok" label="current" size={14} />{' '}
              <span>
                Written <Moment ms={file.writtenAtMs} />.
              </span>
            </Row>
          )
        )}
        {problems.length > 0 && file.problem === null && <p role="alert">{problems.join(' ')}</p>}
        {(set.error ?? again.error) && (
          <ErrorPanel error={(set.error ?? again.error)!} title="The folder was not set." />
        )}
      </div>
      <Row gap={2} align="stretch" keeps>
        {file.problem !== null && (
          <Button size="xs" loading={again.isPending} onClick={() => again.mutate({})}>
            Try again
          </Button>
        )}
        {file.folder !== null && (
          <Button
            size="xs"
            variant="subtle"
            loading={set.isPending}
            onClick={() => set.mutate({ folder: null })}
          >
            Keep none
          </Button>
        )}
        <Button
          size="xs"
          leftSection={<IconFolder aria-hidden />}
          loading={set.isPending}
          onClick={() => void choose()}
          data-testid="choose-plan-folder"
        >
          {file.folder === null ? 'Choose a folder…' : 'Another folder…'}
        </Button>
      </Row>
    </section>
  );
}
