import { Button, Modal } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import type { JobView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { PartPlan } from '../../shared/PartPlan';
import { isConfirmed } from '../../shared/TypedConfirm';

function Undo({ job, onClose }: { job: JobView; onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const { mutate: ask, data: plan, error } = useCommand('parts_undo_plan');
  const apply = useCommand('parts_apply', {
    onSuccess: ({ jobId }) => {
      onClose();
      void navigate({ to: '/run/$id', params: { id: jobId } });
    },
  });
  const { id } = job.row;
  useEffect(() => ask({ run: id, noSafetyBecause: null }), [ask, id]);
  return (
    <Stack gap={5} columns={1}>
      {error && (
        <ErrorPanel
          error={error}
          title="It could not be planned."
          onRetry={() => ask({ run: id, noSafetyBecause: null })}
        />
      )}
      {!plan && !error && <LoadingLines what="what was changed since" />}
      {plan && <PartPlan plan={plan} typed={typed} onType={setTyped} isUndo />}
      {apply.error && (
        <ErrorPanel
          error={apply.error}
          title="Nothing was changed."
          onRetry={() => {
            apply.reset();
            setTyped('');
            ask({ run: id, noSafetyBecause: null });
          }}
        />
      )}
      <DialogFoot reason={null}>
        <Button onClick={onClose}>Cancel</Button>
        {plan && (
          <Button
            variant="filled"
            leftSection={<IconArrowBackUp aria-hidden />}
            disabled={plan.blockers.length > 0 || !isConfirmed(plan.confirm, typed) || apply.isError}
            loading={apply.isPending}
            onClick={() => apply.mutate({ planId: plan.id, confirm: typed })}
            data-testid="apply-parts-undo"
          >
            {plan.button}
          </Button>
        )}
      </DialogFoot>
    </Stack>
  );
}

/** Takes back what a restore of files or keys did. What happens is shown first. */
export function UndoParts({ job }: { job: JobView }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button
        leftSection={<IconArrowBackUp aria-hidden />}
        onClick={() => setIsOpen(true)}
        data-testid="undo-parts"
      >
        Undo…
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        title={`Undo a restore of ${job.row.project ?? 'this project'}`}
        size="42rem"
      >
        <Undo job={job} onClose={() => setIsOpen(false)} />
      </Modal>
    </>
  );
}
