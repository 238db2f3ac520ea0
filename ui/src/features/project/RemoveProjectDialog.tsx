import { Button, Modal, Radio, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { RemovalPlan } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, moment } from '../../shared/format';
import { Block, Row } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';
import classes from './RemoveProjectDialog.module.css';
import { removalPlanQuery } from './queries';

type Backups = 'keep' | 'delete';

interface RemoveProjectDialogProps {
  project: string;
  isOpen: boolean;
  onClose: () => void;
}

function Plan({ plan, project, onClose }: Omit<RemoveProjectDialogProps, 'isOpen'> & { plan: RemovalPlan }) {
  const navigate = useNavigate();
  // Nothing is preselected: keeping and deleting are both decisions.
  const [backups, setBackups] = useState<Backups | null>(plan.backups === 0 ? 'keep' : null);
  const [typed, setTyped] = useState('');
  const remove = useCommand('project_remove', { onSuccess: () => void navigate({ to: '/' }) });
  const many = counted(plan.backups, 'backup');
  const deletes = backups === 'delete' && plan.backups !== 0;
  const act = deletes ? `Remove ${plan.name} and delete ${many}` : `Stop protecting ${plan.name}`;

  return (
    <>
      <ul className={classes.effects}>
        {plan.effects.map((effect, at) => (
          <li key={at}>{effect}</li>
        ))}
        {plan.sampleDirectory && (
          <li>
            The sample server and its data in <code>{plan.sampleDirectory}</code> are deleted.
          </li>
        )}
      </ul>
      {plan.backups !== 0 && (
        <Radio.Group label="Its backups" value={backups} onChange={(value) => setBackups(value as Backups)}>
          <Stack gap="xs" mt="xs">
            <Radio
              classNames={{ radio: classes.radio }}
              value="keep"
              label={`Keep ${many} in the vault`}
              description={`The newest is of ${moment(plan.newestAtMs)}. The project stays in the list as not protected any more.`}
            />
            <Radio
              classNames={{ radio: classes.radio }}
              value="delete"
              label={`Delete ${many} from the vault`}
              description="This cannot be undone."
            />
          </Stack>
        </Radio.Group>
      )}
      <Block top={5}>
        <TypedConfirm
          expected={plan.name}
          what="the name of the project"
          value={typed}
          onChange={setTyped}
          testId="confirm-name"
        />
      </Block>
      {remove.error && <ErrorPanel error={remove.error} />}
      <Row gap={2} align="stretch" justify="end" wraps top={4}>
        <Button onClick={onClose}>Keep the project</Button>
        <Button
          variant="danger-filled"
          disabled={backups === null || !isConfirmed(plan.name, typed)}
          loading={remove.isPending}
          onClick={() => remove.mutate({ project, keepBackups: !deletes, confirm: typed })}
          data-testid="remove-project-confirm"
        >
          {backups === null ? 'Choose what happens to its backups' : act}
        </Button>
      </Row>
    </>
  );
}

function Content(props: Omit<RemoveProjectDialogProps, 'isOpen'>) {
  const { data, error, refetch } = useQuery(removalPlanQuery(props.project));
  if (error) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingLines what="what removing would do" />;
  return <Plan plan={data} {...props} />;
}

/** Removes a project: what would happen, what becomes of its backups, its name typed. */
export function RemoveProjectDialog({ isOpen, ...rest }: RemoveProjectDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title="Remove this project" size="34rem">
      <Content {...rest} />
    </Modal>
  );
}
