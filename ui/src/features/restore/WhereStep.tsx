import { NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';

import type { BackupView, ProjectRow } from '../../ipc/bindings';
import { Moment } from '../../shared/Moment';
import { Words } from '../../shared/Words';
import { OtherServer } from './OtherServer';
import type { Place, TargetDraft } from './target';
import classes from './WhereStep.module.css';

interface WhereStepProps {
  backup: BackupView;
  projects: readonly ProjectRow[];
  draft: TargetDraft;
  onChange: (change: Partial<TargetDraft>) => void;
}

interface OptionProps {
  place: Place;
  chosen: Place;
  title: string;
  detail: ReactNode;
  testId: string;
  isOff?: boolean;
  onChoose: (place: Place) => void;
  children?: ReactNode;
}

function Option({ place, chosen, title, detail, testId, isOff = false, onChoose, children }: OptionProps) {
  return (
    <div className={classes.option}>
      <label>
        <input type="radio" name="restore-target" value={place} checked={chosen === place} disabled={isOff} onChange={() => onChoose(place)} data-testid={testId} />
        <span className={classes.title}>{title}</span>
      </label>
      <p className={classes.detail}>{detail}</p>
      {chosen === place && children && <div className={classes.fields}>{children}</div>}
    </div>
  );
}

/** Where the backup goes. The safest place comes first and is chosen; none of them changes what exists. */
export function WhereStep({ backup, projects, draft, onChange }: WhereStepProps) {
  const { row } = backup;
  const own = projects.find((project) => project.id === row.projectId);
  const others = projects.filter((project) => project.id !== row.projectId && !project.isArchived);
  const ownGone = own === undefined || own.isArchived;
  const choose = (place: Place) => onChange({ place });
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

  return (
    <div className={classes.inner}>
      <h1>Where should it go?</h1>
      <p className={classes.lead}>
        The backup of <Moment ms={row.atMs} /> comes back as a database of its own. Nothing that exists is changed.
      </p>
      <div className={classes.options} role="radiogroup" aria-label="Where the backup goes">
        <Option
          place="scratch"
          chosen={draft.place}
          onChoose={choose}
          testId="target-scratch"
          title="Look inside on this computer"
          detail="A private Postgres starts here, for you alone. Remove it in the settings when you are done."
        />
        <Option
          place="own_server"
          chosen={draft.place}
          onChoose={choose}
          testId="target-new-database"
          isOff={ownGone}
          title={`A new database on the server of ${row.project}`}
          detail={ownGone ? `${row.project} is not protected any more, so its server is not known.` : <>Beside the old one: <Words text={own.place} />.</>}
        >
          {name}
        </Option>
        <Option
          place="other_project"
          chosen={draft.place}
          onChoose={choose}
          testId="target-other-project"
          isOff={others.length === 0}
          title="A new database on the server of another project"
          detail={others.length === 0 ? 'There is no other project.' : 'For instance on staging, to try it out.'}
        >
          <NativeSelect
            label="Project"
            value={draft.project ?? ''}
            onChange={(event) => onChange({ project: event.currentTarget.value || null })}
            data={[{ value: '', label: 'Choose a project' }, ...others.map((project) => ({ value: project.id, label: `${project.name}, ${project.label}, ${project.place}` }))]}
            data-testid="target-project"
          />
          {name}
        </Option>
        <Option
          place="other_server"
          chosen={draft.place}
          onChoose={choose}
          testId="target-other-server"
          title="A new database on another server"
          detail="Its password is used for this restore and stored nowhere."
        >
          <OtherServer draft={draft} onChange={onChange} />
          {name}
        </Option>
      </div>
    </div>
  );
}
