import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconArrowBackUp, IconListDetails, IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';

import type { ProjectState, RestoreRow } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { EmptyState } from '../../shared/EmptyState';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { exactMoment, moment } from '../../shared/format';
import { Block, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import list from '../../shared/ListParts.module.css';
import { LoadingLines } from '../../shared/LoadingLines';
import { SaveRestoreReport } from '../../shared/SaveRestoreReport';
import { SelectionBar } from '../../shared/SelectionBar';
import { StateIcon, stateOfVerdict } from '../../shared/StateIcon';
import { restoresQuery } from './queries';
import classes from './RestoresPanel.module.css';

const WAYS: Record<string, string> = {
  scratch: 'Looked inside',
  new_database: 'New database',
  swap: 'Swapped',
  in_place: 'In place',
  tables: 'Some tables',
  swap_back: 'Undone by a swap',
  drop: 'Dropped',
};

/** What came of it, the word first. */
function standing(row: RestoreRow): { state: ProjectState; word: string } {
  if (row.state === 'undone') return { state: 'idle', word: 'Undone' };
  if (row.state === 'failed') return { state: 'danger', word: 'Failed' };
  if (row.state === 'switching') return { state: 'warn', word: 'Ask its server' };
  if (row.state === 'preparing') return { state: 'running', word: 'Running' };
  const word = row.verdict === 'fail' ? 'Fail' : row.verdict === 'inconclusive' ? 'Inconclusive' : 'Pass';
  const kept = row.state === 'discarded' ? ', old one discarded' : '';
  return row.verdict === null
    ? { state: 'idle', word: `Done${kept}` }
    : { state: stateOfVerdict(row.verdict), word: `${word}${kept}` };
}

const COLUMNS: readonly Column<RestoreRow>[] = [
  {
    id: 'when',
    title: 'When',
    width: '8.5rem',
    render: (row) => <span title={exactMoment(row.atMs)}>{moment(row.atMs)}</span>,
  },
  {
    id: 'how',
    title: 'Restore',
    width: 'minmax(10rem, 1fr)',
    render: (row) => (
      <>
        <Text as="span" block weight="medium" clip>
          {WAYS[row.strategy] ?? row.strategy}
        </Text>
        <span className={list.sub} title={row.target}>
          <code>{row.database}</code> on {row.target}
        </span>
      </>
    ),
  },
  {
    id: 'moment',
    title: 'Moment',
    width: '8.5rem',
    isSecondary: true,
    render: (row) => <span title={exactMoment(row.momentMs)}>{moment(row.momentMs)}</span>,
  },
  {
    id: 'state',
    title: 'What came of it',
    width: '10rem',
    render: (row) => {
      const { state, word } = standing(row);
      return (
        <span className={`${classes.state} tone-${state}`}>
          <StateIcon state={state} size={16} />
          {word}
        </span>
      );
    },
  },
];
const keyOf = (row: RestoreRow) => row.id;

/** Restores of the project's backups, newest first; what can be undone is decided when its plan is made. */
export function RestoresPanel({ project }: { project: string }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<string | null>(null);
  const { data, error, refetch } = useQuery(restoresQuery());
  const rows = useMemo(() => (data ?? []).filter((row) => row.project === project), [data, project]);
  if (error && !data)
    return (
      <ErrorPanel error={error} title="The restores could not be read." onRetry={() => void refetch()} />
    );
  if (!data) return <LoadingLines what="the restores" />;
  if (rows.length === 0) {
    return (
      <Block top={6}>
        <EmptyState
          sentence="Nothing was restored yet."
          detail="A restore to look inside takes nothing away, and proves the backup."
        />
      </Block>
    );
  }
  const chosen = rows.find((row) => row.id === selected);
  // Without a safety backup there is nothing that an undo in place could bring back.
  const isDone =
    chosen?.state === 'done' &&
    (['swap', 'tables', 'new_database'].includes(chosen.strategy) ||
      (chosen.strategy === 'in_place' && chosen.safetyBackupId !== null));
  return (
    <Block aria-label="Restores" as="section" top={4}>
      <DataList
        label="Restores, newest first"
        columns={COLUMNS}
        rows={rows}
        keyOf={keyOf}
        rowRem={3.125}
        selection={{
          key: selected,
          onSelect: setSelected,
          onOpen: (row) => void navigate({ to: '/run/$id', params: { id: row.id } }),
        }}
      />
      {chosen && (
        <SelectionBar
          subject={moment(chosen.atMs).replace(/^./, (letter) => letter.toUpperCase())}
          detail={WAYS[chosen.strategy] ?? chosen.strategy}
        >
          <LinkButton
            variant="filled"
            leftSection={<IconListDetails aria-hidden />}
            to="/run/$id"
            params={{ id: chosen.id }}
          >
            See the run
          </LinkButton>
          <SaveRestoreReport key={chosen.id} restore={chosen.id} />
          {isDone && (
            <LinkButton
              leftSection={<IconArrowBackUp aria-hidden />}
              to="/restored/$id/undo"
              params={{ id: chosen.id }}
              data-testid="undo-restore"
            >
              Undo…
            </LinkButton>
          )}
          {chosen.state === 'done' && (chosen.strategy === 'swap' || chosen.strategy === 'swap_back') && (
            <LinkButton
              variant="danger"
              leftSection={<IconTrash aria-hidden />}
              to="/restored/$id/discard"
              params={{ id: chosen.id }}
              data-testid="discard-old"
            >
              {chosen.strategy === 'swap' ? 'Discard the old database…' : 'Discard what was restored…'}
            </LinkButton>
          )}
        </SelectionBar>
      )}
    </Block>
  );
}
