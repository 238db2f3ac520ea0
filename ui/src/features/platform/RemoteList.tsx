import { Button } from '@mantine/core';
import { IconArchive, IconCloudDown, IconHistory, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { PlatformView, ProjectRow, RemoteBackupView } from '../../ipc/bindings';
import { DataList } from '../../shared/DataList';
import { bytes, counted, moment } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Segmented } from '../../shared/Segmented';
import { SelectionBar } from '../../shared/SelectionBar';
import { useNow } from '../../shared/useNow';
import { PullDialog, type Pulled } from './PullDialog';
import { remoteColumns } from './remoteColumns';
import { RemotePlanDialog, type Planned } from './RemotePlanDialog';
import { whyNot } from '../../shared/platforms';
import { isNew } from './words';

const SHOWN = [
  { value: 'all', label: 'All' },
  { value: 'new', label: 'Not here yet' },
  { value: 'here', label: 'Here' },
] as const;
type Shown = (typeof SHOWN)[number]['value'];

const keyOf = (row: RemoteBackupView) => row.id;
const belongs = (row: RemoteBackupView, shown: Shown) =>
  shown === 'all' || (shown === 'new' ? isNew(row) : row.backupId !== null);

/** The backups that the platform has, and what can be done with the chosen ones. */
export function RemoteList({ view, project }: { view: PlatformView; project: ProjectRow }) {
  const navigate = useNavigate();
  const now = useNow();
  const [shown, setShown] = useState<Shown>('all');
  const [selected, setSelected] = useState<string | null>(null);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [pulled, setPulled] = useState<Pulled | null>(null);
  const [planned, setPlanned] = useState<Planned | null>(null);
  const rows = useMemo(() => view.backups.filter((row) => belongs(row, shown)), [view.backups, shown]);
  const toggle = useMemo(
    () => (row: RemoteBackupView) =>
      setTicked((known) => {
        const next = new Set(known);
        if (!next.delete(row.id)) next.add(row.id);
        return next;
      }),
    [],
  );
  const columns = useMemo(() => remoteColumns(now, ticked, toggle), [now, ticked, toggle]);
  const chosen =
    ticked.size > 0 ? rows.filter((row) => ticked.has(row.id)) : rows.filter((row) => row.id === selected);
  const open = (row: RemoteBackupView) =>
    row.backupId === null ? toggle(row) : void navigate({ to: '/backup/$id', params: { id: row.backupId } });
  return (
    <section aria-labelledby="remote-title">
      <Row gap={4} justify="between" top={6} bottom={3}>
        <Row gap={2} align="baseline" shrinks>
          <h2 id="remote-title">Backups at {view.platform}</h2>
          <Text as="span" tone="quiet" size="sm" oneLine figures>
            {view.total !== null && view.total > view.backups.length
              ? `the newest ${counted(view.backups.length, 'backup')} of ${view.total.toLocaleString('en-GB')}`
              : counted(view.backups.length, 'backup')}
          </Text>
        </Row>
        <Segmented label="Backups to show" value={shown} options={SHOWN} onChange={setShown} />
      </Row>
      <DataList
        label={`Backups at ${view.platform}, newest first`}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        rowRem={2.75}
        selection={{ key: selected, onSelect: setSelected, onOpen: open, onToggle: toggle }}
        foot={
          rows.length === 0
            ? view.backups.length === 0
              ? `${view.platform} has none yet.`
              : 'None is like this.'
            : undefined
        }
      />
      {chosen.length > 0 && (
        <Bar
          chosen={chosen}
          view={view}
          onPull={() => setPulled({ which: 'chosen', backups: chosen.filter((row) => row.canDownload) })}
          onPlan={(act, id) =>
            setPlanned(act === 'delete' ? { act, id } : { act, id, at: moment(chosen[0]?.createdAtMs) })
          }
        />
      )}
      {pulled && <PullDialog project={project} pulled={pulled} onClose={() => setPulled(null)} />}
      {planned && (
        <RemotePlanDialog
          project={project}
          platform={view.platform}
          planned={planned}
          onClose={() => setPlanned(null)}
        />
      )}
    </section>
  );
}

type BarProps = {
  chosen: readonly RemoteBackupView[];
  view: PlatformView;
  onPull: () => void;
  onPlan: (act: 'delete' | 'restore', id: string) => void;
};

/** The acts for what is chosen. One that cannot be done is off, and why stands beside the acts. */
function Bar({ chosen, view, onPull, onPlan }: BarProps) {
  const [one] = chosen;
  if (!one) return null;
  const isOne = chosen.length === 1;
  const fetchable = chosen.filter((row) => row.canDownload);
  const size = chosen.every((row) => row.sizeBytes !== null)
    ? bytes(chosen.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0))
    : 'size not known';
  const subject = isOne
    ? moment(one.createdAtMs).replace(/^./, (letter) => letter.toUpperCase())
    : counted(chosen.length, 'backup');
  const notPulled =
    fetchable.length === 0
      ? isOne
        ? `It cannot be pulled: ${one.noDownload ?? 'its platform does not give it'}.`
        : 'None of them can be pulled.'
      : null;
  const notRestored = isOne ? whyNot(view, 'restore') : null;
  const notDeleted = isOne ? whyNot(view, 'delete') : null;
  const reasons = [notPulled, notRestored, notDeleted].filter((reason) => reason !== null);
  return (
    <SelectionBar
      subject={subject}
      note={reasons.length > 0 ? reasons.join(' ') : undefined}
      detail={`${isOne ? `${one.kind}, ` : ''}${size}`}
    >
      {isOne && one.backupId !== null ? (
        <LinkButton
          variant="filled"
          leftSection={<IconArchive aria-hidden />}
          to="/backup/$id"
          params={{ id: one.backupId }}
          data-testid="open-pulled"
        >
          Open the backup
        </LinkButton>
      ) : (
        <Button
          variant="filled"
          leftSection={<IconCloudDown aria-hidden />}
          disabled={notPulled !== null}
          onClick={onPull}
          data-testid="pull-chosen"
        >
          {isOne ? 'Pull' : `Pull ${fetchable.length}`}
        </Button>
      )}
      {isOne && (
        <>
          <Button
            leftSection={<IconHistory aria-hidden />}
            disabled={notRestored !== null}
            onClick={() => onPlan('restore', one.id)}
            data-testid="restore-there"
          >
            Restore there…
          </Button>
          <Button
            variant="danger"
            leftSection={<IconTrash aria-hidden />}
            disabled={notDeleted !== null}
            onClick={() => onPlan('delete', one.id)}
            data-testid="delete-there"
          >
            Delete there…
          </Button>
        </>
      )}
    </SelectionBar>
  );
}
