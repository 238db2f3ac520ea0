import { Select } from '@mantine/core';
import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import type { PlotsView, ProjectRow } from '../../ipc/bindings';
import { DayStrip } from '../../shared/DayStrip';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, count, day, elapsed, moment, span } from '../../shared/format';
import { Block, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Section } from '../../shared/PageHeader';
import { Plot, type PlotPoint } from '../../shared/Plot';
import { Segmented } from '../../shared/Segmented';
import { TextButton } from '../../shared/TextButton';
import classes from './Plots.module.css';
import { plotsQuery } from './queries';
import {
  dedupPoints,
  dedupSentence,
  drillPoints,
  drillSentence,
  recoveryPoints,
  recoverySentence,
  sizePoints,
  sizeSentence,
  tablePoints,
  tableSentence,
  thinned,
  timeUnit,
} from './words';

const SPANS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
] as const;

/** How one project came to be as it is: each plot with its sentence, and the same as a table. */
export function Plots({ row, isChosen }: { row: ProjectRow; isChosen: boolean }) {
  const project = row.id;
  const [days, setDays] = useState<(typeof SPANS)[number]['value']>('30');
  const [table, setTable] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({
    ...plotsQuery(project, Number(days), table),
    placeholderData: keepPreviousData,
  });
  if (error)
    return (
      <Section title="Over time">
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      </Section>
    );
  if (!data)
    return (
      <Section title="Over time">
        <LoadingLines what="the plots" />
      </Section>
    );
  return (
    <Section
      title={
        <>
          Over time{' '}
          <span className={classes.of}>
            {isChosen ? data.project : `${data.project}, the project most at risk`}
          </span>
        </>
      }
      aside={<Segmented label="Time shown" value={days} options={SPANS} onChange={setDays} />}
    >
      <div className={classes.days}>
        <b>Last 30 days</b>
        <DayStrip days={row.days} goalMs={row.goalMs} pointMs={row.recoveryPoint?.atMs} withTable />
      </div>
      <div className={classes.grid}>
        <Shown
          name="Recovery point"
          said={recoverySentence(data)}
          points={recoveryPoints(data)}
          format={span}
          isTime
          goal={{ value: data.recoveryGoalMs, word: `goal ${span(data.recoveryGoalMs)}` }}
          head={['Newest verified backup', 'Until', 'Age it reached', 'Goal']}
          rows={[...data.recovery]
            .reverse()
            .map((one) => [
              moment(one.fromMs),
              moment(one.untilMs),
              span(one.oldestMs),
              one.isOver ? 'missed' : 'kept',
            ])}
        />
        <Shown
          name="Size of each backup"
          said={sizeSentence(data)}
          points={thinned(sizePoints(data))}
          format={bytes}
          head={['Backup', 'Size', 'Expected', 'Against it']}
          rows={[...data.sizes]
            .reverse()
            .map((one) => [
              moment(one.atMs),
              bytes(one.sizeBytes),
              one.band ? `${bytes(one.band.low)} to ${bytes(one.band.high)}` : 'not known yet',
              one.off === null ? 'as expected' : one.off === 'less' ? 'smaller' : 'larger',
            ])}
        />
        <Shown
          name="Added to the vault"
          said={dedupSentence(data)}
          points={dedupPoints(data)}
          format={bytes}
          fromZero
          head={['Backup', 'Added', 'Of its size']}
          rows={[...data.sizes]
            .reverse()
            .map((one) => [moment(one.atMs), bytes(one.addedBytes), bytes(one.sizeBytes)])}
        />
        <Shown
          name="Time of drills"
          said={drillSentence(data)}
          points={thinned(drillPoints(data))}
          format={elapsed}
          isTime
          goal={
            data.restoreGoalMs === null
              ? undefined
              : { value: data.restoreGoalMs, word: `goal ${elapsed(data.restoreGoalMs)}` }
          }
          head={['Drill', 'Time', 'Verdict']}
          rows={[...data.drills]
            .reverse()
            .map((one) => [
              moment(one.atMs),
              elapsed(one.rtoMs),
              { pass: 'passed', fail: 'failed', inconclusive: 'inconclusive' }[one.verdict],
            ])}
        />
        {data.table && (
          <Shown
            name="Rows of"
            choice={<TableChoice data={data} onChange={setTable} />}
            said={tableSentence(data)}
            points={thinned(tablePoints(data))}
            format={count}
            head={['Backup', 'Rows', 'Expected', 'Against it']}
            rows={[...data.table.points]
              .reverse()
              .map((one) => [
                moment(one.atMs),
                one.rows === null ? 'not there' : count(one.rows),
                one.band ? `${count(one.band.low)} to ${count(one.band.high)}` : 'not known yet',
                one.off === null ? 'as expected' : one.off === 'less' ? 'fewer' : 'more',
              ])}
          />
        )}
      </div>
    </Section>
  );
}

function TableChoice({ data, onChange }: { data: PlotsView; onChange: (table: string) => void }) {
  return (
    <Select
      className={classes.choice}
      size="xs"
      aria-label="Table"
      searchable
      limit={200}
      allowDeselect={false}
      data={data.tables}
      value={data.table?.table ?? null}
      onChange={(chosen) => chosen !== null && onChange(chosen)}
    />
  );
}

interface ShownProps {
  name: string;
  choice?: ReactNode;
  said: string;
  points: readonly PlotPoint[];
  format: (value: number) => string;
  goal?: { value: number; word: string } | undefined;
  /** Values are times: the grid is round in hours or days, and begins at nothing. */
  isTime?: boolean;
  fromZero?: boolean;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One plot, or its table. A single value is no line: it is said, and stands in the table. */
function Shown({
  name,
  choice,
  said,
  points,
  format,
  goal,
  isTime = false,
  fromZero = false,
  head,
  rows,
}: ShownProps) {
  const [isTable, setTable] = useState(false);
  const canPlot = points.length > 1;
  return (
    <Block as="figure" shrinks aria-label={name}>
      <figcaption className={classes.head}>
        <span className={classes.title}>
          <b>{name}</b> {choice}{' '}
          <Text as="span" tone="quiet">
            {said}
          </Text>
        </span>
        {rows.length > 0 && (
          <TextButton size="xs" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? 'Show as plot' : 'Show as table'}
          </TextButton>
        )}
      </figcaption>
      {isTable ? (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label={`${name} as a table`}>
          <table className={classes.table}>
            <thead>
              <tr>
                {head.map((title) => (
                  <th key={title}>{title}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={`${row[0]} ${index}`}>
                  {row.map((cell, at) => (
                    <td key={head[at]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : canPlot ? (
        <Plot
          label={`${name}: ${said}`}
          points={points}
          formatValue={format}
          formatDay={day}
          fromZero={fromZero || isTime}
          unit={isTime ? timeUnit(points, goal?.value ?? 0) : 1}
          {...(goal ? { goal } : {})}
        />
      ) : (
        <Text pad={10} tone="quiet" size="sm">
          {points.length === 1 ? 'One value so far; a second makes a line.' : 'Nothing to plot yet.'}
        </Text>
      )}
    </Block>
  );
}
