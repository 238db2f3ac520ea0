import type { InspectionView } from '../../ipc/bindings';
import { CommandLine } from '../../shared/CommandLine';
import { Counts } from '../../shared/Counts';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { PageHeader, Section } from '../../shared/PageHeader';
import { Crumb } from './Crumb';
import { Findings } from './Findings';
import css from './Import.module.css';
import { LargestTables, Parts } from './Tables';
import { WhatNow } from './WhatNow';
import { figures, leadOf } from './words';

/** What a look at a file found, and the passphrase that opened it. */
export type Opened = { file: InspectionView; passphrase: string | null };

function Facts({ file }: { file: InspectionView }) {
  const rows = [
    {
      name: 'Layers',
      value: file.layers.length === 0 ? 'none, as it is' : file.layers.join(', '),
      note: file.layers.length > 1 ? 'outermost first' : undefined,
    },
    ...(file.madeAtMs === null
      ? []
      : [{ name: 'Made', value: <Moment ms={file.madeAtMs} />, note: 'as it says itself' }]),
    ...(file.project === null ? [] : [{ name: 'Of', value: file.project }]),
    ...(file.toolVersion === null ? [] : [{ name: 'Written by', value: `pg_dump ${file.toolVersion}` }]),
    ...file.sha256.map((sha256) => ({
      name: 'SHA-256',
      value: (
        <Text as="code" size="xs" breaks>
          {sha256}
        </Text>
      ),
    })),
  ];
  return <KeyValue rows={rows} />;
}

/** The report on one file: what it is in a sentence, what was found, and what can be done with it. */
export function FileReport({ opened, others }: { opened: Opened; others: readonly string[] }) {
  const { file } = opened;
  const path = file.paths[0] ?? file.name;
  return (
    <div data-testid="file-report">
      <PageHeader
        title={file.sentence}
        crumbs={<Crumb path={path} sizeBytes={file.sizeBytes} />}
        lead={leadOf(file)}
      />
      <div className={css.columns}>
        <div className={css.found}>
          <Counts groups={[figures(file)]} testId="file-counts" />
          <Findings findings={file.findings} />
          <LargestTables tables={file.tables} source={{ paths: file.paths, passphrase: opened.passphrase }} />
          <Parts parts={file.parts} />
        </div>
        <Block as="aside" top={5}>
          <WhatNow opened={opened} others={others} />
          <Block as="h2" top={8} bottom={3}>
            This file
          </Block>
          <Facts file={file} />
        </Block>
      </div>
      {file.canKeep && (
        <Section title="Keep it from the command line">
          <CommandLine command={file.importCommand} />
        </Section>
      )}
    </div>
  );
}
