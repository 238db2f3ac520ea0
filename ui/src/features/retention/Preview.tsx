import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';

import type { FateView, RetentionPlanView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { EmptyState } from '../../shared/EmptyState';
import { bytes, counted, day, exactMoment, moment, sentence } from '../../shared/format';
import { Block, Row } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { Segmented } from '../../shared/Segmented';
import { StateIcon } from '../../shared/StateIcon';
import { because, tally } from './calendar';
import { Calendar } from './Calendar';
import css from './Retention.module.css';

const VIEWS = [
  { value: 'calendar', label: 'Calendar', testId: 'as-calendar' },
  { value: 'table', label: 'Table', testId: 'as-table' },
] as const;

const COLUMNS: readonly Column<FateView>[] = [
  {
    id: 'at',
    title: 'Moment',
    width: '9rem',
    render: ({ atMs }) => <span title={exactMoment(atMs)}>{moment(atMs)}</span>,
  },
  { id: 'backup', title: 'Backup', width: '6rem', render: ({ shortId }) => <code>{shortId}</code> },
  {
    id: 'fate',
    title: 'Fate',
    width: '6rem',
    render: ({ isKept, counts }) => (
      <Row as="span" gap={1.5}>
        <StateIcon state={isKept ? (counts ? 'ok' : 'inconclusive') : 'danger'} size={16} />
        {isKept ? 'stays' : 'goes'}
      </Row>
    ),
  },
  {
    id: 'because',
    title: 'Because',
    width: 'minmax(0, 1fr)',
    render: (fate) => <span title={because(fate)}>{because(fate)}</span>,
  },
  {
    id: 'until',
    title: 'Goes on',
    width: '6rem',
    isSecondary: true,
    render: ({ untilMs }) => (untilMs === null ? '–' : day(untilMs)),
  },
];

const keyOf = (fate: FateView) => fate.backupId;

interface PreviewProps {
  plan: RetentionPlanView;
  /** The policy is only looked at. */
  isChanged: boolean;
  /** What is looked at keeps everything. */
  keepsAll: boolean;
  /** Figures changed since, and the next answer is on its way. */
  isOld: boolean;
  /** Absent where nothing can be removed now. */
  onRemove: (() => void) | null;
  isBusy: boolean;
}

/** The answer first: how many stay and go, and why nothing can be removed where that is so. */
function Head({ plan, isChanged, onRemove, isBusy }: Omit<PreviewProps, 'keepsAll' | 'isOld'>) {
  const goes = plan.removed;
  return (
    <>
      {plan.pause !== null && (
        <Block bottom={4}>
          <Note
            state="warn"
            title="Retention is paused: nothing is removed while the source fails."
            testId="retention-paused"
          >
            {sentence(plan.pause)}
          </Note>
        </Block>
      )}
      <div className={css.tally}>
        <div>
          <p className={css.figure} data-testid="tally">
            {tally(plan.kept, plan.removed)}
          </p>
          <p className={css.lead}>
            {goes > 0 &&
              `When ${goes === 1 ? 'it was' : 'they were'} made ${goes === 1 ? 'it' : 'they'} added ${bytes(plan.removedAddedBytes)} to the vault; what of that nothing else needs is freed by the next prune. `}
            {plan.leaving.length > 0 &&
              `${counted(plan.leaving.length, 'backup')} more ${plan.leaving.length === 1 ? 'goes' : 'go'} within a week.`}
          </p>
        </div>
        {goes > 0 && !isChanged && (
          <div className={css.remove}>
            <Button
              variant="danger"
              leftSection={<IconTrash aria-hidden />}
              disabled={onRemove === null}
              onClick={onRemove ?? undefined}
              data-testid="remove-old"
            >
              Remove {counted(goes, 'backup')}…
            </Button>
            {isBusy && <p className={css.lack}>Once the run of this project has ended.</p>}
          </div>
        )}
      </div>
    </>
  );
}

/** What a policy comes to: counts, then a calendar or a table with every reason. */
export function Preview({ plan, isChanged, keepsAll, isOld, onRemove, isBusy }: PreviewProps) {
  const [view, setView] = useState<'calendar' | 'table'>('calendar');
  const fates = useMemo(() => plan.days.flatMap(({ backups }) => backups), [plan.days]);
  const title = isChanged ? 'What it would come to' : 'What it comes to';
  if (fates.length === 0) {
    return (
      <Section title={title}>
        <EmptyState sentence="No backup yet, so that nothing stays or goes." />
      </Section>
    );
  }
  if (isChanged && keepsAll) {
    return (
      <Section title={title}>
        <p className={css.figure}>All {counted(fates.length, 'backup')} stay</p>
      </Section>
    );
  }
  return (
    <Section
      title={title}
      aside={<Segmented label="How it is shown" value={view} options={VIEWS} onChange={setView} />}
    >
      <div aria-busy={isOld} className={isOld ? css.old : undefined}>
        <Head plan={plan} isChanged={isChanged} onRemove={onRemove} isBusy={isBusy} />
        {view === 'calendar' ? (
          <Calendar days={plan.days} />
        ) : (
          <DataList
            label="Backups, newest first, and what becomes of each"
            columns={COLUMNS}
            rows={fates}
            keyOf={keyOf}
            rowRem={2.25}
          />
        )}
      </div>
    </Section>
  );
}
