import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { BackupRow, ProjectRow, TableModeView } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, moment } from '../../shared/format';
import { LabelChip } from '../../shared/LabelChip';
import { Block, Row } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { RadioRows, type RadioRow } from '../../shared/RadioRows';
import { Words } from '../../shared/Words';
import { canReach, laterThan, modeOf, proposedAfter, type Place, type RestoreDraft } from './draft';
import { capital } from './draftWords';
import { OtherServer } from './OtherServer';
import { projectQuery } from './queries';
import step from './Step.module.css';
import classes from './WhereStep.module.css';

interface WhereStepProps {
  row: BackupRow;
  projects: readonly ProjectRow[];
  draft: RestoreDraft;
  /** How many tables were chosen. */
  chosen: number;
  /** The backups of the project, newest first. */
  moments: readonly BackupRow[];
  onChange: (change: Partial<RestoreDraft>) => void;
}

/** Who the target is, before anything has looked at it: the plan says the rest. */
function Identity({ project }: { project: ProjectRow }) {
  const { data, error } = useQuery(projectQuery(project.id));
  if (error) return <ErrorPanel error={error} title="This project could not be read." />;
  const connection = data?.connection;
  return (
    <div className={classes.identity} data-testid="target-identity">
      <Row as="span" gap={[1, 2]} wraps>
        <b>{project.name}</b> <LabelChip label={project.label} />
      </Row>
      <span>
        {connection ? (
          <>
            Database <code>{connection.database}</code> at{' '}
            <code>
              {connection.host}:{connection.port}
            </code>
            , as <code>{connection.user}</code>
          </>
        ) : (
          <Words text={project.place} />
        )}
      </span>
      <small>The preview shows its system identifier, owner, size, and who is connected.</small>
    </div>
  );
}

/** The project whose database is changed, and who it is. */
function Into({ row, projects, draft, onChange }: Omit<WhereStepProps, 'chosen' | 'moments'>) {
  const live = projects.filter(canReach);
  const own = live.find((project) => project.id === row.projectId);
  const target = live.find((project) => project.id === (draft.into ?? row.projectId));
  const data = live.map((project) => ({ value: project.id, label: `${project.name}, ${project.label}` }));
  return (
    <>
      {(live.length > 1 || own === undefined) && (
        <NativeSelect
          label="Into the database of"
          value={draft.into ?? own?.id ?? ''}
          onChange={(event) =>
            onChange({
              into: event.currentTarget.value === own?.id ? null : event.currentTarget.value || null,
            })
          }
          data={own === undefined ? [{ value: '', label: 'Choose a project' }, ...data] : data}
          data-testid="target-into"
        />
      )}
      {target && <Identity project={target} />}
    </>
  );
}

const KEEP_DAYS = [7, 30, 90] as const;

/** How long the old database of a swap stays. */
function KeepOld({ days, onChange }: { days: number | null; onChange: (days: number | null) => void }) {
  return (
    <NativeSelect
      label="Keep the old database"
      description="On its date it is dropped by itself, unless somebody is connected to it."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={days ?? ''}
      onChange={(event) =>
        onChange(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))
      }
      data={[
        { value: '', label: 'Until I discard it' },
        ...KEEP_DAYS.map((count) => ({ value: String(count), label: `For ${counted(count, 'day')}` })),
      ]}
      data-testid="keep-old"
    />
  );
}

const MODES: readonly { value: TableModeView; title: string; detail: string }[] = [
  {
    value: 'beside',
    title: 'Beside the tables that are there',
    detail: 'Into a schema of their own. Look, compare, copy what you need; no table in use is touched.',
  },
  {
    value: 'missing_rows',
    title: 'Only the missing rows',
    detail: 'Rows whose key is missing are added. Every row that is there stays as it is.',
  },
  {
    value: 'merge',
    title: 'Only what was damaged',
    detail:
      'Rows that were deleted or changed between this backup and a later one are as they were before. What people have changed since then stays, column by column.',
  },
  {
    value: 'replace',
    title: 'In place of the rows that are there',
    detail:
      'The tables are emptied and filled from the backup. Newer rows in them are lost; the preview counts them.',
  },
];

/** The backup that tells what the damage was. */
function AfterBackup({
  later,
  after,
  onChange,
}: {
  later: readonly BackupRow[];
  after: string | null;
  onChange: (after: string | null) => void;
}) {
  return (
    <NativeSelect
      label="The backup made after the damage"
      description="The first one after it is best: whatever else was changed until then counts as damage, too."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={after ?? ''}
      onChange={(event) => onChange(event.currentTarget.value || null)}
      data={[
        { value: '', label: 'Choose a backup' },
        ...later.map((one) => ({
          value: one.id,
          label: `${capital(moment(one.atMs))}, ${one.reason ?? one.trigger}`,
        })),
      ]}
      data-testid="after-backup"
    />
  );
}

function RowsWhere({ row, projects, draft, onChange, chosen, moments }: WhereStepProps) {
  const isAll = draft.scope === 'rows';
  const later = laterThan(row, moments);
  const modes = isAll ? MODES.filter(({ value }) => value !== 'beside') : MODES;
  const fields = <Into row={row} projects={projects} draft={draft} onChange={onChange} />;
  return (
    <>
      <h1>Where should {chosen === 1 && !isAll ? 'it' : 'they'} go?</h1>
      <p className={step.lead}>
        {isAll ? 'The rows of all tables' : counted(chosen, 'table')} from the backup of{' '}
        <Moment ms={row.atMs} />, into a database in use. One transaction: all of it happens, or nothing.
      </p>
      <Block top={6}>
        <RadioRows<TableModeView>
          label="What becomes of the tables that are there"
          name="restore-mode"
          value={modeOf(draft)}
          onChange={(mode) =>
            onChange({
              mode,
              ...(mode === 'merge' && { after: draft.after ?? proposedAfter(later, draft.damageAtMs) }),
            })
          }
          rows={modes.map((mode) => ({
            ...mode,
            testId: `mode-${mode.value}`,
            fields,
            ...(mode.value === 'merge' && {
              isOff: later.length === 0,
              detail:
                later.length === 0
                  ? `It needs a backup that was made after the damage, and there is none. Back ${row.project} up now, then choose this.`
                  : mode.detail,
              fields: (
                <>
                  <AfterBackup later={later} after={draft.after} onChange={(after) => onChange({ after })} />
                  {fields}
                </>
              ),
            }),
          }))}
        />
      </Block>
      {isAll && (
        <Block top={6}>
          <Checkbox
            label="Make what this database lacks"
            description="Schemas, types, tables, functions, policies and rights of the backup that are not there. For a project that was made anew: what is there stays as it is."
            checked={draft.makes}
            onChange={(event) => onChange({ makes: event.currentTarget.checked })}
            data-testid="make-missing"
          />
        </Block>
      )}
    </>
  );
}

/** Where the backup goes. The safest place comes first and is chosen; what replaces comes last. */
export function WhereStep(props: WhereStepProps) {
  const { row, projects, draft, onChange } = props;
  if (draft.scope !== 'all')
    return (
      <Block max={45}>
        <RowsWhere {...props} />
      </Block>
    );
  const own = projects.find((project) => project.id === row.projectId);
  const others = projects.filter((project) => project.id !== row.projectId && canReach(project));
  const ownGone = !canReach(own);
  const whyGone =
    own !== undefined && !own.hasDatabase
      ? `Holdfast does not reach a database of ${row.project} itself.`
      : `${row.project} is not protected any more, so its server is not known.`;
  const noProject = ownGone && others.length === 0;
  const name = (
    <TextInput
      label="Name of the new database"
      value={draft.name}
      onChange={(event) => onChange({ name: event.currentTarget.value })}
      description="It must not exist yet. Nothing is overwritten."
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      autoComplete="off"
      spellCheck={false}
      data-testid="target-name"
    />
  );
  const created: RadioRow<Place>[] = [
    {
      value: 'scratch',
      testId: 'target-scratch',
      title: 'Look inside on this computer',
      aside: 'the safest',
      detail: 'A private Postgres starts here, for you alone. Remove it in the settings when you are done.',
    },
    {
      value: 'own_server',
      testId: 'target-new-database',
      isOff: ownGone,
      title: `A new database on the server of ${row.project}`,
      detail:
        own === undefined || ownGone ? (
          whyGone
        ) : (
          <>
            Beside the old one: <Words text={own.place} />.
          </>
        ),
      fields: name,
    },
    {
      value: 'other_project',
      testId: 'target-other-project',
      isOff: others.length === 0,
      title: 'A new database on the server of another project',
      detail: others.length === 0 ? 'There is no other project.' : 'For instance on staging, to try it out.',
      fields: (
        <>
          <NativeSelect
            label="Project"
            value={draft.project ?? ''}
            onChange={(event) => onChange({ project: event.currentTarget.value || null })}
            data={[
              { value: '', label: 'Choose a project' },
              ...others.map((project) => ({
                value: project.id,
                label: `${project.name}, ${project.label}, ${project.place}`,
              })),
            ]}
            data-testid="target-project"
          />
          {name}
        </>
      ),
    },
    {
      value: 'other_server',
      testId: 'target-other-server',
      title: 'A new database on another server',
      detail: 'Its password is used for this restore and stored nowhere.',
      fields: (
        <>
          <OtherServer draft={draft} onChange={onChange} />
          {name}
        </>
      ),
    },
  ];
  const fields = <Into row={row} projects={projects} draft={draft} onChange={onChange} />;
  const replacing: RadioRow<Place>[] = [
    {
      value: 'swap',
      testId: 'target-swap',
      isOff: noProject,
      title: 'Side by side, then swap',
      aside: draft.why === 'go_back' ? 'what going back in time usually means' : undefined,
      detail:
        'Restored beside it and checked; then the two change names in a moment. The old one stays, until you discard it or a date that you set.',
      fields: (
        <>
          {fields}
          <KeepOld days={draft.keepDays} onChange={(keepDays) => onChange({ keepDays })} />
        </>
      ),
    },
    {
      value: 'in_place',
      testId: 'target-in-place',
      isOff: noProject,
      title: 'In place',
      detail:
        'In one transaction, for databases that cannot be swapped. Applications wait, or fail, until it ends.',
      fields,
    },
  ];

  return (
    <Block max={45}>
      <h1>Where should it go?</h1>
      <p className={step.lead}>
        The backup of <Moment ms={row.atMs} />. The next step only looks; nothing is created or changed before
        you confirm.
      </p>
      <RadioRows
        label=""
        heading="A database of its own: nothing that exists is changed"
        name="restore-target"
        value={draft.place}
        onChange={(place) => onChange({ place })}
        rows={created}
      />
      <RadioRows
        label=""
        heading="In the place of a database in use"
        name="restore-target"
        value={draft.place}
        onChange={(place) => onChange({ place })}
        rows={replacing}
      />
    </Block>
  );
}
