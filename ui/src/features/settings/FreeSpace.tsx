import { Button, Modal, NumberInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { PackSumView, PrunePlanView } from '../../ipc/bindings';
import { toUserError } from '../../ipc/call';
import { commandQuery, useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, counted } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Note } from '../../shared/Panel';
import classes from './FreeSpace.module.css';

/** So much of what is left may be unused, where nobody says another share. */
const UNUSED_PERCENT = 5;
const QUIET_MS = 400;

const planQuery = (unusedPercentMax: number) => ({
  ...commandQuery('vault_prune_plan', { unusedPercentMax }),
  staleTime: 0,
  gcTime: 0,
  refetchOnWindowFocus: false,
  placeholderData: keepPreviousData,
});

const packs = (sum: PackSumView) => `${counted(sum.packs, 'pack')}, ${bytes(sum.bytes)}`;

/** What goes, what is copied for it, and why not more. */
function Figures({ plan }: { plan: PrunePlanView }) {
  return (
    <KeyValue
      rows={[
        {
          name: 'Stay',
          value: counted(plan.snapshots, 'backup'),
          note: 'all of them, whole at every moment',
        },
        { name: 'Removed', value: packs(plan.removed), note: 'nothing needs anything in them' },
        ...(plan.leftover.packs === 0
          ? []
          : [{ name: 'Left over', value: packs(plan.leftover), note: 'of runs that did not end' }]),
        ...(plan.repacked.packs === 0
          ? []
          : [
              {
                name: 'Packed anew',
                value: packs(plan.repacked),
                note: `${bytes(plan.copiedBytes)} of them is needed and copied first`,
              },
            ]),
        { name: 'Kept', value: packs(plan.kept), note: 'as they are' },
        ...(plan.unusedBytes === 0
          ? []
          : [
              {
                name: 'Why not more',
                value: bytes(plan.unusedBytes),
                note: `is unused and stays: it lies among what is needed, and ${plan.unusedPercentMax} % may`,
              },
            ]),
      ]}
    />
  );
}

function Content({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [percent, setPercent] = useState<number | null>(UNUSED_PERCENT);
  const [asked] = useDebouncedValue(percent ?? UNUSED_PERCENT, QUIET_MS);
  const { data: plan, error, isPlaceholderData, isFetching, refetch } = useQuery(planQuery(asked));
  const [isStale, setStale] = useState(false);
  const prune = useCommand('vault_prune', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
    onError: (failure) => {
      if (toUserError(failure).code !== 'plan_stale') return;
      setStale(true);
      void refetch();
    },
  });
  const isOld = isPlaceholderData || isFetching || percent !== asked;
  if (error) {
    return (
      <Stack gap={4} columns={1}>
        <ErrorPanel error={error} title="What could be freed is not known." onRetry={() => void refetch()} />
        <DialogFoot>
          <Button onClick={onClose}>Close</Button>
        </DialogFoot>
      </Stack>
    );
  }
  if (!plan) return <LoadingLines what="what nothing needs any more; in a large vault this takes a while" />;
  return (
    <Stack gap={4} columns={1}>
      {isStale && (
        <Note state="warn" title="The vault changed since you looked.">
          Nothing was removed. This is what would go now.
        </Note>
      )}
      <div aria-busy={isOld} className={isOld ? classes.old : undefined}>
        <Text size="xl" weight="strong" figures data-testid="freed">
          {plan.isEmpty ? 'There is nothing to free' : `${bytes(plan.freedBytes)} become free`}
        </Text>
        <Text bottom={3} tone="soft" size="sm">
          No backup goes: only what no backup needs any more.
        </Text>
        <Figures plan={plan} />
      </div>
      <details>
        <summary className={classes.summary}>How thoroughly</summary>
        <Block top={2} max={24}>
          <NumberInput
            label="How much of what is left may be unused, in per cent"
            description="With less, more is copied and freed; with 100 nothing is copied, which needs no free space."
            value={percent ?? ''}
            min={0}
            max={100}
            allowDecimal={false}
            clampBehavior="strict"
            onChange={(value) => setPercent(typeof value === 'number' ? value : null)}
            data-testid="unused-percent"
          />
        </Block>
      </details>
      <Equivalent asked={{ of: 'vault_prune', request: { unusedPercentMax: asked } }} />
      {prune.error && toUserError(prune.error).code !== 'plan_stale' && (
        <ErrorPanel error={prune.error} title="Nothing was removed." />
      )}
      <DialogFoot
        reason={
          percent === null
            ? 'Give 0 to 100 per cent.'
            : 'Nothing else writes to the vault meanwhile; backups wait for their turn.'
        }
      >
        <Button onClick={onClose}>{plan.isEmpty ? 'Close' : 'Leave it as it is'}</Button>
        {!plan.isEmpty && (
          <Button
            variant="filled"
            disabled={isOld}
            loading={prune.isPending}
            onClick={() => prune.mutate({ seen: plan.seen, unusedPercentMax: plan.unusedPercentMax })}
            data-testid="prune-confirm"
          >
            Free {bytes(plan.freedBytes)}
          </Button>
        )}
      </DialogFoot>
    </Stack>
  );
}

/** Frees what no backup needs: looked at first, then done as a run of its own. */
export function FreeSpaceDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Free space in the vault" size="38rem">
      {isOpen && <Content onClose={onClose} />}
    </Modal>
  );
}
