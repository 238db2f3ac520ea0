import type { PartCountsView, PartPlanView } from '../ipc/bindings';
import { CommandLine } from './CommandLine';
import { Counts, type Figure } from './Counts';
import { bytes, count } from './format';
import { Text } from './Layout';
import { Note } from './Panel';
import { TypedConfirm } from './TypedConfirm';

/** A row of large figures; what is none is left out, but for what comes back. */
function Figures({ total, isKeys, isUndo }: { total: PartCountsView; isKeys: boolean; isUndo: boolean }) {
  const one = isKeys ? 'key' : 'file';
  const figure = (name: string, value: number | null, tone?: 'bad' | 'quiet'): Figure[] =>
    value === null || value === 0
      ? []
      : [{ name, value: count(value), unit: value === 1 ? one : `${one}s`, ...(tone && { tone }) }];
  const changes = [
    ...figure('Add', total.add),
    ...figure('Replace', total.replace, 'bad'),
    ...figure('Delete', total.delete, 'bad'),
  ];
  const stays = [
    ...figure(isUndo ? 'As before' : 'As in the backup', total.same, 'quiet'),
    ...figure(isUndo ? 'Changed since, stays' : 'Not in the backup, stays', total.extra, 'quiet'),
    ...figure('Expired since', total.expired, 'quiet'),
  ];
  const written: Figure[] = [{ name: 'Written', value: bytes(total.bytes), tone: 'quiet' }];
  return (
    <Counts
      groups={[changes, [...stays, ...written]].filter(({ length }) => length > 0)}
      testId="part-counts"
    />
  );
}

/** A plan for files or keys: what it does, in figures and steps, and the name that confirms it. */
export function PartPlan({
  plan,
  typed,
  onType,
  isUndo = false,
}: {
  plan: PartPlanView;
  typed: string;
  onType: (text: string) => void;
  /** Whether it takes a restore back. */
  isUndo?: boolean;
}) {
  return (
    <>
      <Figures
        total={plan.total}
        isKeys={plan.component === 'redis' && plan.target.kind === 'in_place'}
        isUndo={isUndo}
      />
      {plan.blockers.map((blocker) => (
        <Note key={blocker} state="danger" title="It cannot be applied." testId="part-blocker">
          <p>{blocker}</p>
        </Note>
      ))}
      {plan.warnings.map((warning) => (
        <Note key={warning} state="warn" title="Worth knowing.">
          <p>{warning}</p>
        </Note>
      ))}
      <ol data-testid="part-steps">
        {plan.steps.map((step, at) => (
          <Text key={step} as="li" size="sm" tone="soft" pad={1}>
            {at + 1}. {step}
          </Text>
        ))}
      </ol>
      <CommandLine command={plan.command} />
      {plan.blockers.length === 0 && (
        <TypedConfirm
          expected={plan.confirm}
          value={typed}
          onChange={onType}
          what="the name of the project"
          testId="confirm-parts"
        />
      )}
    </>
  );
}
