import { IconMinus, IconPencil, IconPlus } from '@tabler/icons-react';
import { useMemo } from 'react';

import type { ObjectChangeView, ObjectDiffView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { counted } from '../../shared/format';
import { Text } from '../../shared/Layout';
import list from '../../shared/ListParts.module.css';
import { Section } from '../../shared/PageHeader';

/** More rows than this would push the rest of the page out of sight. */
const LONG_ROWS = 14;

const CHANGES: Record<ObjectChangeView, { word: string; icon: typeof IconPlus }> = {
  added: { word: 'Added', icon: IconPlus },
  removed: { word: 'Removed', icon: IconMinus },
  changed: { word: 'Changed', icon: IconPencil },
};

function Change({ change }: { change: ObjectChangeView }) {
  const { word, icon: ChangeIcon } = CHANGES[change];
  return (
    <span className={list.change} data-change={change}>
      <ChangeIcon size={14} stroke={1.75} aria-hidden />
      {word}
    </span>
  );
}

const full = ({ schema, name }: ObjectDiffView): string => (schema === null ? name : `${schema}.${name}`);

const COLUMNS: readonly Column<ObjectDiffView>[] = [
  { id: 'kind', title: 'What it is', width: 'minmax(6rem, 11rem)', render: ({ kind }) => kind },
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(10rem, 1fr)',
    render: (object) => (
      <code title={full(object)}>
        {object.schema !== null && (
          <Text as="span" tone="quiet">
            {object.schema}.
          </Text>
        )}
        {object.name}
      </code>
    ),
  },
  { id: 'change', title: 'What happened', width: '7rem', render: ({ change }) => <Change change={change} /> },
];

const keyOf = ({ kind, schema, name }: ObjectDiffView) => JSON.stringify([kind, schema, name]);

/** Objects of the structure, and roles, that are not the same. */
export function DiffObjects({ objects }: { objects: readonly ObjectDiffView[] }) {
  const rows = useMemo(
    () =>
      objects.toSorted(
        (one, other) => one.kind.localeCompare(other.kind) || full(one).localeCompare(full(other)),
      ),
    [objects],
  );
  if (rows.length === 0) return null;
  const isLong = rows.length > LONG_ROWS;
  return (
    <Section
      title={
        <>
          Structure and roles <span className={list.count}>{counted(rows.length, 'object')}</span>
        </>
      }
    >
      <div
        className={isLong ? list.box : undefined}
        {...(isLong ? { tabIndex: 0, role: 'region', 'aria-label': 'Objects that are not the same' } : {})}
      >
        <DataList
          label="Objects that are not the same"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          rowRem={2.25}
        />
      </div>
    </Section>
  );
}
