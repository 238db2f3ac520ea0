import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlanRemoteRestore, RemotePartView, RemotePlanView } from '../../ipc/bindings';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { RemotePlan } from '../../shared/RemotePlan';
import css from './Platform.module.css';
import { deletionPlanQuery, restorePlanQuery } from './queries';

/** What would be done there: a deletion, or a restore of a backup, a moment or a named point. */
export type Planned =
  | { act: 'delete'; id: string }
  | { act: 'restore'; id: string; at: string }
  | { act: 'moment'; atMs: number; at: string }
  | { act: 'point'; point: string };

type Props = {
  project: { id: string; name: string };
  platform: string;
  planned: Planned;
  onClose: () => void;
};

function Deletion({ project, id, onClose }: { project: string; id: string; onClose: () => void }) {
  const plan = useQuery(deletionPlanQuery(project, id));
  if (plan.error)
    return (
      <ErrorPanel error={plan.error} title="It could not be planned." onRetry={() => void plan.refetch()} />
    );
  return plan.data ? (
    <RemotePlan plan={plan.data} onClose={onClose} />
  ) : (
    <LoadingLines what="what deleting it would do" />
  );
}

type Part = 'database' | 'storage' | 'config';
const PARTS: Record<Part, { title: string; words: string }> = {
  database: { title: 'The database', words: 'the database' },
  storage: { title: 'Stored files', words: 'the stored files' },
  config: { title: 'The configuration', words: 'the configuration' },
};
const isPart = (part: string): part is Part => part in PARTS;

function PartsField({
  parts,
  onChange,
}: {
  parts: readonly RemotePartView[];
  onChange: (chosen: Record<Part, boolean>) => void;
}) {
  const of = (part: Part) => parts.find((one) => one.part === part)?.isChosen ?? false;
  const chosen = { database: of('database'), storage: of('storage'), config: of('config') };
  return (
    <fieldset className={css.parts}>
      <legend>What comes back</legend>
      {parts.map(({ part, isChosen, cannot }) =>
        isPart(part) ? (
          <Checkbox
            key={part}
            label={PARTS[part].title}
            description={cannot === null ? undefined : `Not from here: ${cannot}.`}
            checked={isChosen}
            disabled={cannot !== null && !isChosen}
            onChange={(event) => onChange({ ...chosen, [part]: event.currentTarget.checked })}
            data-testid={`part-${part}`}
          />
        ) : null,
      )}
    </fieldset>
  );
}

type SafetyProps = {
  plan: RemotePlanView;
  uncovered: string;
  declines: boolean;
  because: string;
  onDecline: (declines: boolean) => void;
  onBecause: (because: string) => void;
};

/** What is kept first, as it will really be done; who declines it, or what it cannot hold, needs a reason. */
function SafetyField({ plan, uncovered, declines, because, onDecline, onBecause }: SafetyProps) {
  const isLess = !declines && uncovered !== '';
  return (
    <fieldset className={css.parts}>
      <legend>Before that</legend>
      {plan.safety !== null || declines ? (
        <Checkbox
          label={plan.safety ?? 'Keep the present state first'}
          checked={!declines}
          onChange={(event) => onDecline(!event.currentTarget.checked)}
          data-testid="safety"
        />
      ) : (
        <p className={css.text} data-testid="no-safety">
          Nothing of the present state can be kept first: the platform gives no bytes, and Holdfast does not
          reach the database. Add its connection, or say why none is needed.
        </p>
      )}
      {(declines || isLess) && (
        <TextInput
          label={
            declines || plan.safety === null
              ? 'Why none is wanted'
              : `Why ${uncovered} may be lost: that backup cannot hold this`
          }
          value={because}
          onChange={(event) => onBecause(event.currentTarget.value)}
          data-testid={declines || plan.safety === null ? 'no-safety-because' : 'uncovered-because'}
        />
      )}
    </fieldset>
  );
}

/** Which parts come back, and what is kept first: what this platform can, by default. */
function Restore({
  project,
  planned,
  onClose,
}: {
  project: string;
  planned: Exclude<Planned, { act: 'delete' }>;
  onClose: () => void;
}) {
  const [chosen, setChosen] = useState<Record<Part, boolean | null>>({
    database: null,
    storage: null,
    config: null,
  });
  const [declines, setDeclines] = useState(false);
  const [because, setBecause] = useState('');
  const [said, setSaid] = useState<Pick<PlanRemoteRestore, 'noSafetyBecause' | 'uncoveredBecause'> | null>(
    null,
  );
  const request: PlanRemoteRestore = {
    project,
    id: planned.act === 'restore' ? planned.id : null,
    atMs: planned.act === 'moment' ? planned.atMs : null,
    point: planned.act === 'point' ? planned.point : null,
    ...chosen,
    ...(said ?? { noSafetyBecause: null, uncoveredBecause: null }),
  };
  const plan = useQuery({
    ...restorePlanQuery(request),
    placeholderData: said === null ? keepPreviousData : undefined,
  });
  if (plan.error)
    return (
      <ErrorPanel error={plan.error} title="It could not be planned." onRetry={() => void plan.refetch()} />
    );
  if (!plan.data) return <LoadingLines what="what the restore would do" />;
  if (said !== null) return <RemotePlan plan={plan.data} onClose={onClose} onBack={() => setSaid(null)} />;
  const { parts } = plan.data;
  const uncovered = parts
    .flatMap(({ part, isChosen, isKept }) => (isChosen && !isKept && isPart(part) ? [PARTS[part].words] : []))
    .join(' and ');
  const isNothing = parts.every(({ isChosen }) => !isChosen);
  const needsReason = declines || (uncovered !== '' && !isNothing);
  const isForbidden = parts.every(({ cannot }) => cannot !== null);
  const lacks = isForbidden
    ? null
    : isNothing
      ? 'Choose at least one part.'
      : needsReason && because.trim() === ''
        ? 'Write why.'
        : null;
  const isNone = declines || plan.data.safety === null;
  const next = () =>
    setSaid({
      noSafetyBecause: needsReason && isNone ? because.trim() : null,
      uncoveredBecause: needsReason && !isNone ? because.trim() : null,
    });
  return (
    <>
      {planned.act === 'restore' && <PartsField parts={parts} onChange={setChosen} />}
      {!isForbidden && !isNothing && (
        <SafetyField
          plan={plan.data}
          uncovered={uncovered}
          declines={declines}
          because={because}
          onDecline={setDeclines}
          onBecause={setBecause}
        />
      )}
      <DialogFoot reason={lacks}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="filled"
          disabled={lacks !== null || plan.isPlaceholderData}
          onClick={next}
          data-testid="plan-remote"
        >
          Next: what would happen
        </Button>
      </DialogFoot>
    </>
  );
}

/** An act on the platform that does harm: planned, read, confirmed by name. */
export function RemotePlanDialog({ project, platform, planned, onClose }: Props) {
  const title =
    planned.act === 'delete'
      ? `Delete a backup at ${platform}`
      : planned.act === 'point'
        ? `Go back to “${planned.point}” at ${platform}`
        : `Go back to ${planned.at} at ${platform}`;
  return (
    <Modal opened onClose={onClose} title={title} size="36rem">
      <Stack gap={5} columns={1}>
        {planned.act === 'delete' ? (
          <Deletion project={project.id} id={planned.id} onClose={onClose} />
        ) : (
          <Restore project={project.id} planned={planned} onClose={onClose} />
        )}
      </Stack>
    </Modal>
  );
}
