import type { ReactNode } from 'react';

import type { ArtifactView } from '../../ipc/bindings';
import { sentence } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';
import classes from './ArtifactPanel.module.css';

/** Documents that a platform gave, configuration or logs: what they are, and what changed since the last time. */
export function GivenPanel({
  artifact: { what, findings },
  isBeside,
}: {
  artifact: ArtifactView;
  /** They are beside a database's dump, in one backup. */
  isBeside: boolean;
}) {
  return (
    <Section title="A platform gave it">
      <div data-testid="given">
        <KeyValue
          rows={[
            {
              name: 'What',
              value: what,
              note: isBeside
                ? 'kept as it is beside the database, of the same run; nothing restores it by itself'
                : 'kept as it is; nothing restores it by itself, so it is no recovery point',
            },
          ]}
        />
        <Findings title="What changed since the last time" findings={findings} />
      </div>
    </Section>
  );
}

/** The file that a backup was made of: what it was, who made it, what was found in it. */
export function ArtifactPanel({ artifact, children }: { artifact: ArtifactView; children?: ReactNode }) {
  const { what, layers, madeBy, madeAtMs, remoteId, findings, unloaded, isTrusted } = artifact;
  return (
    <Section title="It came as a file">
      <div data-testid="artifact">
        {unloaded !== null && (
          <Block bottom={4}>
            <Note
              state="danger"
              title="The database in it could not be loaded, so it cannot be restored from here."
              testId="unloaded"
            >
              <p>
                <Words text={sentence(unloaded)} />
              </p>
              <p>The file itself is kept, byte for byte.</p>
            </Note>
          </Block>
        )}
        <KeyValue
          rows={[
            { name: 'What', value: what },
            {
              name: 'Made',
              value: madeAtMs === null ? 'it does not say when' : <Moment ms={madeAtMs} />,
              note: madeBy === null ? undefined : `by ${madeBy}, as it says itself`,
            },
            {
              name: 'Layers',
              value: layers.length === 0 ? 'none' : layers.join(', '),
              note: layers.length > 1 ? 'outermost first; all are open in the vault' : undefined,
            },
            ...(isTrusted
              ? []
              : [
                  {
                    name: 'Vouched for',
                    value: 'by nobody',
                    note: 'so owners and rights are left out of a restore, and nothing in it runs as a superuser',
                  },
                ]),
            ...(remoteId === null ? [] : [{ name: 'At its platform', value: <code>{remoteId}</code> }]),
          ]}
        />
        <Findings title="What was found in it" findings={findings} />
        {children}
      </div>
    </Section>
  );
}

function Findings({ title, findings }: { title: string; findings: string[] }) {
  if (findings.length === 0) return null;
  return (
    <>
      <Block as="h3" top={4} bottom={1}>
        {title}
      </Block>
      <ul className={classes.findings}>
        {findings.map((finding, index) => (
          <li key={`${index} ${finding}`}>
            <Words text={finding} />
          </li>
        ))}
      </ul>
    </>
  );
}
