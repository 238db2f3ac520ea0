import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlanRemoteRestore } from '../../../ipc/bindings';
import { DialogFoot } from '../../../shared/DialogFoot';
import { ErrorPanel } from '../../../shared/ErrorPanel';
import { LoadingLines } from '../../../shared/LoadingLines';
import { RemotePlan } from '../../../shared/RemotePlan';
import css from './Platform.module.css';
import { deletionPlanQuery, restorePlanQuery } from './queries';

/** What would be done there: a deletion, or a restore of a backup, a moment or a named point. */
export type Planned = { act: 'delete'; id: string } | { act: 'restore'; id: string; at: string } | { act: 'moment'; atMs: number; at: string } | { act: 'point'; point: string };

type Props = { project: { id: string; name: string }; platform: string; planned: Planned; onClose: () => void };

function Deletion({ project, id, onClose }: { project: string; id: string; onClose: () => void }) {
  const plan = useQuery(deletionPlanQuery(project, id));
  if (plan.error) return <ErrorPanel error={plan.error} title="It could not be planned." onRetry={() => void plan.refetch()} />;
  return plan.data ? <RemotePlan plan={plan.data} onClose={onClose} /> : <LoadingLines what="what deleting it would do" />;
}

/** Which parts come back, and whether a safety backup is made first: on by default, and who declines says why. */
function Restore({ project, planned, onClose }: { project: string; planned: Exclude<Planned, { act: 'delete' }>; onClose: () => void }) {
  const [parts, setParts] = useState({ database: true, storage: true, config: true });
  const [declines, setDeclines] = useState(false);
  const [because, setBecause] = useState('');
  const [request, setRequest] = useState<PlanRemoteRestore | null>(null);
  const plan = useQuery({ ...restorePlanQuery(request ?? { project, id: null, atMs: null, point: null, ...parts, noSafetyBecause: null }), enabled: request !== null });
  const isWhole = planned.act !== 'restore';
  const lacks = !parts.database && !parts.storage && !parts.config ? 'Choose at least one part.' : declines && because.trim() === '' ? 'Write why none is wanted.' : null;
  const part = (name: keyof typeof parts, label: string) => <Checkbox label={label} checked={parts[name]} onChange={(event) => setParts({ ...parts, [name]: event.currentTarget.checked })} data-testid={`part-${name}`} />;
  const make = () =>
    setRequest({
      project,
      id: planned.act === 'restore' ? planned.id : null,
      atMs: planned.act === 'moment' ? planned.atMs : null,
      point: planned.act === 'point' ? planned.point : null,
      ...parts,
      noSafetyBecause: declines ? because.trim() : null,
    });
  if (request !== null) {
    return (
      <>
        {plan.error && <ErrorPanel error={plan.error} title="It could not be planned." onRetry={() => void plan.refetch()} />}
        {!plan.data && !plan.error && <LoadingLines what="what the restore would do" />}
        {plan.data && <RemotePlan plan={plan.data} onClose={onClose} onBack={() => setRequest(null)} />}
        {!plan.data && (
          <DialogFoot>
            <Button onClick={() => setRequest(null)}>Back</Button>
          </DialogFoot>
        )}
      </>
    );
  }
  return (
    <>
      {!isWhole && (
        <fieldset className={css.parts}>
          <legend>What comes back</legend>
          {part('database', 'The database')}
          {part('storage', 'Stored files')}
          {part('config', 'The configuration')}
        </fieldset>
      )}
      <fieldset className={css.parts}>
        <legend>Before that</legend>
        <Checkbox label="Make a backup there of how it is now, and pull it" checked={!declines} onChange={(event) => setDeclines(!event.currentTarget.checked)} data-testid="safety" />
        {declines && <TextInput label="Why none is wanted" value={because} onChange={(event) => setBecause(event.currentTarget.value)} data-testid="no-safety-because" />}
      </fieldset>
      <DialogFoot reason={lacks}>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="filled" disabled={lacks !== null} onClick={make} data-testid="plan-remote">
          Next: what would happen
        </Button>
      </DialogFoot>
    </>
  );
}

/** An act on the platform that does harm: planned, read, confirmed by name. */
export function RemotePlanDialog({ project, platform, planned, onClose }: Props) {
  const title = planned.act === 'delete' ? `Delete a backup at ${platform}` : planned.act === 'point' ? `Go back to “${planned.point}” at ${platform}` : `Go back to ${planned.at} at ${platform}`;
  return (
    <Modal opened onClose={onClose} title={title} size="36rem">
      <div className={css.form}>{planned.act === 'delete' ? <Deletion project={project.id} id={planned.id} onClose={onClose} /> : <Restore project={project.id} planned={planned} onClose={onClose} />}</div>
    </Modal>
  );
}
