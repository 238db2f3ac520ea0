import { Button } from '@mantine/core';
import { IconArrowsDiff } from '@tabler/icons-react';
import { useCallback, useState } from 'react';

import type { BackupRow } from '../../ipc/bindings';
import type { Column } from '../../shared/DataList';
import { moment } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { SelectionBar } from '../../shared/SelectionBar';
import { Tick } from '../../shared/Tick';

/** So many sides has a comparison. */
const SIDES = 2;

/** The backups that are to be compared; absent while none are chosen. A third takes the place of the one chosen first. */
export function useComparing() {
  const [picked, setPicked] = useState<readonly BackupRow[] | null>(null);
  const start = useCallback(() => setPicked([]), []);
  const stop = useCallback(() => setPicked(null), []);
  const toggle = useCallback(
    (row: BackupRow) =>
      setPicked((known) => {
        if (known === null) return known;
        return known.some(({ id }) => id === row.id)
          ? known.filter(({ id }) => id !== row.id)
          : [...known, row].slice(-SIDES);
      }),
    [],
  );
  return { picked, start, stop, toggle };
}

/** The list's columns with a box to tick before them. */
export function withTicks(
  columns: readonly Column<BackupRow>[],
  picked: readonly BackupRow[],
  toggle: (row: BackupRow) => void,
): readonly Column<BackupRow>[] {
  return [
    {
      id: 'picked',
      title: '',
      width: '1.25rem',
      render: (row) => (
        <Tick
          checked={picked.some(({ id }) => id === row.id)}
          onChange={() => toggle(row)}
          onClick={(event) => event.stopPropagation()}
          tabIndex={-1}
          aria-label={`Compare the backup of ${moment(row.atMs)}`}
        />
      ),
    },
    ...columns,
  ];
}

/** Which two are chosen, the earlier one first, and the way to their comparison. */
export function CompareBar({ picked, onStop }: { picked: readonly BackupRow[]; onStop: () => void }) {
  const [left, right] = picked.toSorted((one, other) => one.atMs - other.atMs);
  const subject = !left
    ? 'Choose two backups'
    : !right
      ? `${moment(left.atMs)}, and one more`
      : `${moment(left.atMs)} and ${moment(right.atMs)}`;
  return (
    <SelectionBar
      subject={subject.replace(/^./, (letter) => letter.toUpperCase())}
      detail={right ? 'the earlier one stands at the left' : 'by a click, or by the space bar'}
    >
      {left && right ? (
        <LinkButton
          variant="filled"
          leftSection={<IconArrowsDiff aria-hidden />}
          to="/compare/$left/$right"
          params={{ left: left.id, right: right.id }}
          data-testid="compare-picked"
        >
          Compare
        </LinkButton>
      ) : (
        <Button leftSection={<IconArrowsDiff aria-hidden />} disabled>
          Compare
        </Button>
      )}
      <Button variant="subtle" onClick={onStop}>
        Stop comparing
      </Button>
    </SelectionBar>
  );
}
