import { Button } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';

import type { AbsentView, BackupView, HeldView, ProjectCoverageView } from '../../ipc/bindings';
import { bytes, count, counted, LEVEL_WORDS } from '../../shared/format';
import { Holds } from '../../shared/Holds';
import { Block, Row, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { Figure, PlainTable, Secondary } from '../../shared/PlainTable';
import { BringBackDialog } from './BringBackDialog';

function One({ held, onBring }: { held: HeldView; onBring: () => void }) {
  return (
    <tr data-testid={`held-${held.component}`}>
      <td>
        <Block pad={2}>
          <Row gap={[0.5, 3]} wraps align="baseline">
            <span>{held.name}</span>
            <Holds components={[held.component]} />
          </Row>
          {held.from !== null && (
            <Text as="span" block tone="quiet" size="sm" breaks>
              {held.from}
            </Text>
          )}
        </Block>
      </td>
      <Figure>
        {counted(held.items, held.unit.replace(/s$/, ''))}
        {held.odd !== 0 && (
          <Text as="span" block tone="warn" size="sm" title={held.named.join('\n')}>
            {count(held.odd)} not as of one moment
          </Text>
        )}
      </Figure>
      <Figure>{bytes(held.bytes)}</Figure>
      <Secondary>{held.level === null ? 'not proven' : LEVEL_WORDS[held.level]}</Secondary>
      <td>
        {held.comesBack && held.component !== 'database' && (
          <Button
            size="xs"
            leftSection={<IconHistory aria-hidden />}
            onClick={onBring}
            data-testid={`bring-back-${held.component}`}
          >
            Bring back…
          </Button>
        )}
      </td>
    </tr>
  );
}

/** What of the project is in no component of the backup. What was to be read and was not is named above. */
function Lacking({ coverage, absent }: { coverage: ProjectCoverageView; absent: readonly AbsentView[] }) {
  const isNamed = (key: string) => absent.some(({ component, name }) => key === `${component}:${name}`);
  const parts = coverage.parts.filter(({ state, key }) => state !== 'taken' && !isNamed(key));
  return (
    <>
      <Text tone="quiet" size="sm" top={2} data-testid="backup-coverage">
        It has {coverage.taken} of the {counted(coverage.parts.length, 'part')} that the project had then.
      </Text>
      {parts.map(({ key, title, found, state, why }) => (
        <Text key={key} tone={state === 'unwanted' ? 'quiet' : 'warn'} size="sm" top={1} breaks>
          {state === 'in_part' ? 'In part' : 'Not in it'}: {title}, {found};{' '}
          {state === 'unwanted' ? 'nobody wants it' : why}.
        </Text>
      ))}
    </>
  );
}

/** What a backup holds, by component and source: how much, how far it is proven, and the way back. */
export function HeldTable({ backup }: { backup: BackupView }) {
  const [chosen, setChosen] = useState<HeldView | null>(null);
  const { row } = backup;
  return (
    <Section title="What it holds">
      <PlainTable
        titles={[
          'What',
          { title: 'Items', isFigure: true },
          { title: 'Size', isFigure: true },
          { title: 'Proof', isSecondary: true },
          '',
        ]}
        testId="held"
      >
        {backup.components.map((held) => (
          <One key={`${held.component}/${held.name}`} held={held} onBring={() => setChosen(held)} />
        ))}
      </PlainTable>
      {backup.components.flatMap(({ component, name, about }) =>
        about.map((what) => (
          <Text key={`${component}/${name}/${what}`} block tone="quiet" size="sm" top={2} breaks>
            “{name}”: {what}.
          </Text>
        )),
      )}
      {backup.absent.map(({ component, name, why }) => (
        <Text key={`${component}/${name}`} tone="warn" size="sm" top={2} breaks data-testid="absent">
          Not in it: “{name}”, {why}. It counts for none of that component.
        </Text>
      ))}
      {backup.coverage && <Lacking coverage={backup.coverage} absent={backup.absent} />}
      {chosen && (
        <BringBackDialog
          of={{ backup: row.id, shortId: row.shortId, project: row.project, held: chosen }}
          onClose={() => setChosen(null)}
        />
      )}
    </Section>
  );
}
