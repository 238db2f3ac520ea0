import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';

import { ErrorPanel } from '../../shared/ErrorPanel';
import { count, counted } from '../../shared/format';
import { LoadingLines } from '../../shared/LoadingLines';
import { StateIcon } from '../../shared/StateIcon';
import { alongOf, shortName, type Child, type Parent } from './along';
import classes from './AlongPanel.module.css';
import { referencesQuery } from './queries';

/** Named one by one; the rest is counted, and added by the one button. */
const NAMED_MAX = 5;

interface AlongPanelProps {
  backupId: string;
  chosen: ReadonlySet<string>;
  onAdd: (tables: readonly string[]) => void;
}

function Names({ of }: { of: readonly string[] }) {
  const rest = of.length - NAMED_MAX;
  return (
    <>
      {of.slice(0, NAMED_MAX).map((table, index) => (
        <span key={table}>
          {index > 0 && ', '}
          <code title={table}>{shortName(table)}</code>
        </span>
      ))}
      {rest > 0 && ` and ${counted(rest, 'more table')}`}
    </>
  );
}

function Add({
  of,
  children,
  onAdd,
}: {
  of: readonly string[];
  children: ReactNode;
  onAdd: (tables: readonly string[]) => void;
}) {
  return (
    <Button size="xs" leftSection={<IconPlus aria-hidden />} onClick={() => onAdd(of)}>
      {children}
    </Button>
  );
}

const addWords = (table: string, missing: readonly string[]): string =>
  missing.length === 1 && missing[0] === table
    ? `Add ${shortName(table)}`
    : `Add ${counted(missing.length, 'partition')} of ${shortName(table)}`;

/** What the chosen tables point to: without those rows the target refuses. */
function Parents({
  parents,
  needed,
  onAdd,
}: {
  parents: readonly Parent[];
  needed: readonly string[];
  onAdd: AlongPanelProps['onAdd'];
}) {
  return (
    <div className={classes.part} data-testid="along-parents">
      <h3>
        <StateIcon state="warn" size={16} />
        {parents.length === 1
          ? 'One table is pointed to and not chosen'
          : `${count(parents.length)} tables are pointed to and not chosen`}
      </h3>
      <ul className={classes.list}>
        {parents.slice(0, NAMED_MAX).map(({ to, from, missing }) => (
          <li key={to}>
            <p>
              <Names of={from} /> {from.length === 1 ? 'points' : 'point'} to{' '}
              <code title={to}>{shortName(to)}</code>: rows of it that are missing there would make the
              restore fail.
            </p>
            <Add of={missing} onAdd={onAdd}>
              {addWords(to, missing)}
            </Add>
          </li>
        ))}
      </ul>
      {parents.length > NAMED_MAX && (
        <p className={classes.more}>and {counted(parents.length - NAMED_MAX, 'more table')}</p>
      )}
      {needed.length > 1 && (
        <div className={classes.all}>
          <Button
            size="xs"
            leftSection={<IconPlus aria-hidden />}
            onClick={() => onAdd(needed)}
            data-testid="add-needed"
          >
            Add all that is needed: {counted(needed.length, 'table')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Who points to the chosen ones: their rows stay, and have to find what they point to. */
function Pointing({ of, onAdd }: { of: readonly Child[]; onAdd: AlongPanelProps['onAdd'] }) {
  const missing = [...new Set(of.flatMap((child) => child.missing))];
  return (
    <div className={classes.part} data-testid="along-children">
      <h3>
        {of.length === 1
          ? 'One table points to the chosen ones'
          : `${count(of.length)} tables point to the chosen ones`}
      </h3>
      <p>
        <Names of={of.map(({ from }) => from)} />. Where rows are replaced, a row there whose parent is not in
        the backup would make the restore fail. Where only missing rows come back, nothing of this matters.
      </p>
      <Add of={missing} onAdd={onAdd}>
        {of.length === 1
          ? addWords(of[0]?.from ?? '', missing)
          : `Add these ${counted(missing.length, 'table')}`}
      </Add>
    </div>
  );
}

function Found({ chosen, onAdd, backupId }: AlongPanelProps) {
  const { data, error, refetch } = useQuery(referencesQuery(backupId));
  const along = useMemo(() => data && alongOf(data, chosen), [data, chosen]);
  if (error)
    return (
      <ErrorPanel
        error={error}
        title="What points to what could not be read."
        onRetry={() => void refetch()}
      />
    );
  if (!data || !along) return <LoadingLines what="what points to what" />;
  const isWhole = along.parents.length === 0 && along.children.length === 0;
  const missing =
    along.parents.length === 0
      ? 'Nothing that they point to is missing.'
      : `${counted(along.needed.length, 'table')} to add so that nothing is missing.`;
  return (
    <>
      <p className="sr-only" role="status">
        {chosen.size > 0 && missing}
      </p>
      {chosen.size === 0 && (
        <p>Choose tables: what they point to, and what points to them, stands here then.</p>
      )}
      {chosen.size > 0 && isWhole && data.unread.length === 0 && (
        <p className={classes.whole} data-testid="along-whole">
          <StateIcon state="ok" size={16} />
          <span>Nothing is missing: no foreign key of the backup leads out of the choice, or into it.</span>
        </p>
      )}
      {along.parents.length > 0 && <Parents parents={along.parents} needed={along.needed} onAdd={onAdd} />}
      {along.children.length > 0 && <Pointing of={along.children} onAdd={onAdd} />}
      {data.unread.length > 0 && (
        <p className={classes.unread} data-testid="along-unread">
          <StateIcon state="inconclusive" size={16} />
          <span>
            {counted(data.unread.length, 'foreign key')} could not be understood, so what{' '}
            {data.unread.length === 1 ? 'it points' : 'they point'} to is not known:{' '}
            <Names of={data.unread} />.
          </span>
        </p>
      )}
    </>
  );
}

/** What must come along with the chosen tables, by the foreign keys in the backup. */
export function AlongPanel(props: AlongPanelProps) {
  return (
    <aside className={classes.along} aria-label="What must come along" data-testid="along">
      <h2>What must come along</h2>
      <Found {...props} />
      <p className={classes.foot}>
        By the foreign keys in the backup. The plan looks again, and the target checks every key before
        anything is committed. Beside the tables there no key is made.
      </p>
    </aside>
  );
}
